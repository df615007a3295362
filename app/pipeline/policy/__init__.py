"""Judges workspaces by checkov's checks and ours: scan, findings, exceptions, verdict."""
