"""DMS: what moto lacks of it, one resource a file."""
