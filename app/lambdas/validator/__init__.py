"""Custom::MigrationValidation: asks whether production may go on, before and after a step."""
