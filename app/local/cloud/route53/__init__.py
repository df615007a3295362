"""What moto lacks of Route 53: signed zones, and logs of queries by the plain name of a group."""
