"""Versions of a workspace's state: looking at them, and bringing one back."""
