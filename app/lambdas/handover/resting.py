"""Every five minutes: the slot that rests until the next handover does not keep its site's log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger

from app.migration.replication.base import Replication
from app.migration.resting import move_resting_slot
from app.migration.sites import Databases

ACTION = "move-resting-slot"

logger = Logger(service="handover", log_uncaught_exceptions=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestingSlot:
    """Moves it on unless a handover stands in the way; a schedule reads no answer, so logs tell."""

    databases: Callable[[], Databases]
    replication: Replication

    def __call__(self) -> dict[str, Any]:
        """Return where a slot was moved on, or why none was."""
        rest = move_resting_slot(databases=self.databases(), replication=self.replication)
        logger.info("resting slot", extra=rest.as_record())
        return rest.as_record()
