"""Secret rotation: gives the database logins new passwords, in the four steps of Secrets Manager."""
