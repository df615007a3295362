"""Serves the records of the local Route 53 on loopback, weights included."""
