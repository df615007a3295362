"""Adapts all of Route 53."""

from __future__ import annotations

from app.local.cloud.route53 import dnssec, query_log


def adapt() -> None:
    """Adapt moto's Route 53."""
    for part in (dnssec, query_log):
        part.adapt()
