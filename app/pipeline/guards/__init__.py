"""What holds an advance up, one reason a file; nothing here is asked on the way back."""
