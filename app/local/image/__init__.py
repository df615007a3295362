"""Carries out the functions' Dockerfile without Docker, as far as files and commands go."""
