"""What the delivery does at GitHub, through PyGithub."""
