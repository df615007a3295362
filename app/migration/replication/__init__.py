"""Replication between the two databases, behind one small interface."""
