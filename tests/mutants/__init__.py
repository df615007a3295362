"""Mutation testing: small errors are made in the code one at a time, and a test must see each."""
