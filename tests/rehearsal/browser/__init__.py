"""The report of a rehearsal in a real browser."""
