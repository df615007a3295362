"""Every alarm, one table: what is watched, the limit, why, and what to do. No AWS needed.

A gate or a fault that the runbook knows has its alarm here.
"""

from __future__ import annotations

from app.config.alarms import (
    api,
    database,
    entrance,
    events,
    functions,
    migration,
    network,
    replication,
)
from app.config.alarms.base import PAYSHIFT, Alarm, Calculation, Found, Metric, Query, Silence
from app.config.environment import Environment

__all__ = [
    "PAYSHIFT", "Alarm", "Calculation", "Found", "Metric", "Query", "Silence", "all_alarms",
]  # fmt: skip


def all_alarms(environment: Environment, found: Found | None = None) -> tuple[Alarm, ...]:
    """Return every alarm of an environment, in the order of the runbook."""
    found = found or Found()
    return (
        *migration.alarms(environment),
        *replication.alarms(environment),
        *api.alarms(environment),
        *functions.alarms(environment),
        *events.alarms(environment),
        *entrance.alarms(environment, found),
        *database.alarms(environment),
        *network.alarms(environment),
    )
