"""Runs Lambda handlers for real: `awslambdaric` workers behind a Runtime API."""
