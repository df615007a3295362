"""The PostgreSQL servers of the local environment, over TLS, without root or apt."""
