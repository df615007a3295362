"""Who carries rows in an environment, and how that stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.config.carrier import Carrier
from app.config.environment import Environment
from app.config.names import Names
from app.migration.replication.dms_stage import DmsStanding
from app.migration.replication.dms_tasks import DmsTasks
from app.pipeline import aws


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierStanding:
    """The carrier, and the tasks where it is DMS."""

    carrier: Carrier
    tasks: DmsStanding | None = None

    @property
    def faults(self) -> tuple[str, ...]:
        """Promise what is wrong, in sentences."""
        return self.tasks.faults if self.tasks else ()

    def as_record(self) -> dict[str, Any]:
        """Return plain values."""
        return {"carrier": self.carrier, **(self.tasks.as_record() if self.tasks else {})}

    def __str__(self) -> str:
        return f"DMS, {self.tasks}" if self.tasks else "PostgreSQL's logical replication"


def carrier_standing(environment: Environment) -> CarrierStanding:
    """Ask DMS for its tasks where it is the carrier. Raises DatabaseFailed."""
    carrier = environment.replication.carrier
    if carrier != "dms":
        return CarrierStanding(carrier=carrier)
    return CarrierStanding(carrier=carrier, tasks=DmsStanding.read(dms_tasks(environment)))


def dms_tasks(environment: Environment) -> DmsTasks:
    """Return the environment's tasks."""
    return DmsTasks(client=aws.dms(environment), prefix=Names.of(environment).prefix)
