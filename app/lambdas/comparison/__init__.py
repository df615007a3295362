"""Reads parts of a comparison, as many copies of the function as a state machine starts."""
