"""One change of writer, as a custom resource asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from aws_lambda_powertools.metrics import MetricUnit
from pydantic import Field

from app.errors import HandoverRefused, PayshiftError
from app.lambdas import evidence
from app.lambdas.custom_resource import Outcome, RunProperties
from app.lambdas.engine_metrics import EngineMetrics
from app.migration.answers import insist_on_writer
from app.migration.handover import Handover
from app.migration.handover_result import HandoverResult
from app.migration.replication.base import Pace, Replication
from app.migration.sites import Databases, Site
from app.migration.status import status


class HandoverProperties(RunProperties):
    """Properties of Custom::WriterHandover."""

    writer: Site
    wait_seconds: float = Field(ge=0, le=900)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterChange:
    """Waits, then hands over; called by the custom resource protocol."""

    databases: Callable[[], Databases]
    replication: Replication
    evidence_bucket: str | None
    metrics: EngineMetrics
    leave_tail: Callable[[], None]

    def __call__(self, properties: HandoverProperties, *, seconds: float) -> Outcome:
        """Make `properties.writer` the writer.

        The wait lets resolvers forget the old address; it is left out when that site writes
        already. Raises HandoverRefused when it does not fit into the time, or when the engine
        moved nothing and another site writes: this run is an old one then.

        A rollback is in a hurry: where turning the replication takes minutes, it is left to
        another invocation, and traffic moves meanwhile.
        """
        try:
            result = self._run(properties, seconds=seconds)
        except PayshiftError:
            self.metrics.publish({"HandoversFailed": (MetricUnit.Count, 1)})
            raise
        if result.changed:
            self.metrics.publish({"HandoverPause": (MetricUnit.Milliseconds, result.pause_ms)})
        key = evidence.keep(
            {"kind": "handover", "phase": properties.phase, **result.as_record()},
            bucket=self.evidence_bucket,
            run_id=properties.run_id,
            name=f"handover-{properties.writer}",
        )
        return Outcome(success=True, data=_attributes(result, evidence_key=key))

    def _run(self, properties: HandoverProperties, *, seconds: float) -> HandoverResult:
        databases = self.databases()
        begun = time.monotonic()
        if status(databases).writer is not properties.writer:
            if properties.wait_seconds >= seconds:
                raise HandoverRefused(
                    f"waiting {properties.wait_seconds:g} s leaves nothing of {seconds:.0f} s",
                    remedy="raise the function's timeout and the resource's DeadlineSeconds",
                )
            time.sleep(properties.wait_seconds)
        slow = Pace.of(self.replication).turn_seconds is not None
        later = slow and properties.going_down
        result = Handover(databases=databases, replication=self.replication, turn_later=later).run(
            to=properties.writer,
            run_id=properties.run_id,
            deadline_seconds=seconds - (time.monotonic() - begun),
        )
        insist_on_writer(result, databases)
        if later and result.changed:
            self.leave_tail()
        return result


def _attributes(result: HandoverResult, *, evidence_key: str | None) -> dict[str, str]:
    return {
        "Writer": result.to.value,
        "Epoch": str(result.epoch),
        "Changed": str(result.changed).lower(),
        "PauseMs": f"{result.pause_ms:.1f}",
        "Evidence": evidence_key or "log",
    }
