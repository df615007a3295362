"""What a pull request showed, kept so that the delivery can tell whether it does just that."""
