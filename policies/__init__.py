"""What every workspace must hold, as checks for checkov: one a file, named after the outcome.

checkov loads each file here by itself, under its bare name, so a file must not be called like a
module of Python's. What policies share is in `base`, which is no policy.

`payshift policy` runs them together with checkov's own. Each has fixtures that pass and that fail
in `tests/policies/fixtures/<file name>/`.
"""
