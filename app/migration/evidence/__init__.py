"""Evidence as a chain: every record is linked, by hash, to the one that was written before it."""
