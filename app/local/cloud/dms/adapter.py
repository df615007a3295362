"""Adapts all of DMS."""

from __future__ import annotations

from app.local.cloud.dms import (
    certificates,
    endpoints,
    subnets,
    subscriptions,
    tags,
    tasks,
    times,
)


def adapt() -> None:
    """Adapt moto's DMS."""
    for part in (certificates, endpoints, subnets, subscriptions, tags, tasks, times):
        part.adapt()
