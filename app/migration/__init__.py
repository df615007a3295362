"""The engine: one writer, replication, handover, verification and checks."""
