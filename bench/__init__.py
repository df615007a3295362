"""Measurements. Each module of this package with a function `measure()` is one benchmark."""
