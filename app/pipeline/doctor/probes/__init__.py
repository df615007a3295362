"""What must be right before day one, one question a file; a new file is a new probe."""
