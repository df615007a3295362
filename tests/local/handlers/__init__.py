"""Small Lambda handlers that the tests of the local environment run for real."""
