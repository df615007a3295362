"""What plans do not show, one question a file."""
