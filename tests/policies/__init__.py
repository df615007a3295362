"""The policies: what each accepts and refuses, how they are run, and that they bite."""
