"""The first logins of a site: its roles, and the first value of each secret."""
