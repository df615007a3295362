"""The proof at the end: every promise kept, exactly once, at both sites."""
