"""Proving that two databases hold the same rows, without moving them and while they are in use.

The way of a comparison: `catalogue` reads both sides' tables, `pairing` matches them, `encoding`
writes the expression that hashes a row, `digest` sums the hashes of a table into buckets, `descent`
looks into the buckets that differ until the rows are known, `settling` looks at those rows again
once replication has caught up. `comparison` puts it together, and `parts` has the pass
read by others.
"""
