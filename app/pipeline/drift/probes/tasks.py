"""The DMS tasks run in the direction that the phase needs, and none has failed."""

from __future__ import annotations

from collections.abc import Iterator

from app.migration.replication.dms_stage import STREAMS
from app.pipeline.dms_tasks import describe_tasks
from app.pipeline.drift.context import DriftContext
from app.pipeline.probing.base import Line, Probe, judged, unknown

RUNNING = {"running", "starting"}
# A task that the engine has not started, or has stopped.
AT_REST = {"creating", "ready", "stopped", "stopping"}
NEVER_STARTED = "ready"


class Tasks:
    """Terraform makes tasks and never starts one, so no plan shows whether they run."""

    title = "replication tasks"
    remedy = "Look at the tasks in DMS, and at their log groups."

    def look(self, context: DriftContext) -> Iterator[Line]:
        """Compare the status of each task with what the phase's writer needs."""
        found = self._statuses(context)
        missing = [one for one in STREAMS if context.names.replication_task(one) not in found]
        if len(missing) == len(STREAMS):
            yield unknown(
                subject=self.title,
                message="there are none",
                remedy="apply the foundation: payshift deliver --foundation",
            )
            return
        statuses = {one: found.get(context.names.replication_task(one)) for one in STREAMS}
        carries = context.environment.replication.carrier == "dms"
        if not carries:
            # PostgreSQL's own replication does the work of those that were never started.
            statuses = {one: status for one, status in statuses.items() if status != NEVER_STARTED}
        if all(status == NEVER_STARTED for status in statuses.values()):
            # Where DMS carries, a phase in force without a task that runs is a hole.
            yield judged(
                passed=not carries,
                subject=self.title,
                message="none was ever started",
                remedy="load the target and start them: payshift replication start",
            )
            return
        running = self._needed(context)
        for stream, status in statuses.items():
            wanted = RUNNING if stream in running else AT_REST
            yield judged(
                passed=status in wanted,
                subject=f"task {stream}",
                message=f"{status or 'is missing'}; {context.phase.name} wants it "
                f"{'running' if stream in running else 'at rest'}",
                remedy="read why in the task's log; the last handover may still turn the tasks. "
                "Before the first one: payshift replication start",
            )

    @staticmethod
    def _needed(context: DriftContext) -> set[str]:
        features = context.phase.features
        probes = {"forward-probe", "reverse-probe"}
        if features.writer == "legacy":
            return {"forward", *probes}
        return {"reverse", *probes} if features.reverse_replication else probes

    @staticmethod
    def _statuses(context: DriftContext) -> dict[str, str]:
        found = describe_tasks(context.client("dms"), with_settings=False)
        return {name: str(one["Status"]).lower() for name, one in found.items()}


PROBE: Probe[DriftContext] = Tasks()
