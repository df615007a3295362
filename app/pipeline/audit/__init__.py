"""Verifies the evidence: nothing was removed, changed, reordered or inserted."""
