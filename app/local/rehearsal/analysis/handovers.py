"""What the journal in the databases says about handovers, and who waited meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from app.local.rehearsal.analysis.recording import Recording
from app.migration.connection import connect
from app.migration.journal import read_handovers
from app.migration.sites import Databases

_UNFENCED = "SELECT run_id, extract(epoch FROM at)::float8 FROM payshift.journal WHERE step = %s"
_WRITES = {"pay", "repeat", "refund"}


@dataclass(frozen=True, slots=True)
class HandoverFacts:
    """One change of writer. `pause_ms`: no database accepted writes; it ended at `ended`."""

    run_id: str
    from_site: str
    to_site: str
    epoch: int
    pause_ms: float
    fence_ms: float
    drain_ms: float
    ended: float

    @property
    def began(self) -> float:
        """Wall-clock time of the beginning of the pause."""
        return self.ended - self.pause_ms / 1_000


def completed_handovers(databases: Databases) -> tuple[HandoverFacts, ...]:
    """Return every completed change of writer, oldest first, from the journals of both sites."""
    records: dict[str, dict[str, object]] = {}
    unfenced: dict[str, float] = {}
    for settings in databases.values():
        with connect(settings, application_name="payshift-rehearsal-proof") as connection:
            records.update({str(one["run_id"]): one for one in read_handovers(connection)})
            unfenced.update(connection.execute(_UNFENCED, ["unfenced"]).fetchall())
    found = [_facts(record, ended=unfenced.get(run, 0.0)) for run, record in records.items()]
    return tuple(sorted(found, key=lambda one: one.epoch))


def held_requests(recording: Recording, handover: HandoverFacts) -> int:
    """Return how many writes had been sent before the pause ended and were answered after it."""
    return sum(
        request.kind in _WRITES and request.started < handover.ended <= request.ended
        for request in recording.requests
    )


def _facts(record: dict[str, object], *, ended: float) -> HandoverFacts:
    def number(name: str) -> float:
        return round(float(str(record.get(name) or 0)), 3)

    return HandoverFacts(
        run_id=str(record["run_id"]),
        from_site=str(record.get("from", "")),
        to_site=str(record.get("to", "")),
        epoch=int(number("epoch")),
        pause_ms=number("pause_ms"),
        fence_ms=number("fence_ms"),
        drain_ms=number("drain_ms"),
        ended=ended,
    )
