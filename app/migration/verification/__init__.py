"""Proving that both databases hold the same."""
