"""The legacy edge, rendered and run for real."""
