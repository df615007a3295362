"""Secret rotation: new passwords for the database logins, in the four steps of AWS."""
