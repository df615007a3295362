"""What lies beside the broken copies of production."""

ORDER = "order.json"
"""The names of all workspaces."""
RED = "red.json"
"""Which tests were red, by copy."""
