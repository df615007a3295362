"""The users behind a login: two that take turns, or one that changes its own password."""
