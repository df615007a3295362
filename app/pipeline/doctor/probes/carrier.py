"""Who carries rows, and whether DMS's tasks have been started and run where it is DMS."""

from __future__ import annotations

from collections.abc import Iterator

from app.migration.replication.dms_stage import DmsStanding, Stage
from app.migration.replication.dms_tasks import DmsTasks
from app.pipeline.doctor.context import DoctorContext
from app.pipeline.probing.base import Line, Probe, judged, unknown


class CarrierProbe:
    """Before the first load there is nothing to judge; afterwards the needed tasks must run."""

    title = "replication"
    remedy = "Ask for dms:DescribeReplicationTasks."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Ask DMS for its tasks."""
        subject = "carrier of the rows"
        if context.environment.replication.carrier != "dms":
            message = "PostgreSQL's logical replication"
            yield judged(passed=True, subject=subject, message=message, remedy="")
            return
        tasks = DmsTasks(client=context.client("dms"), prefix=context.names.prefix)
        standing = DmsStanding.read(tasks)
        message = f"DMS, {standing.stage}"
        if standing.stage in {Stage.MISSING, Stage.NOT_STARTED}:
            yield unknown(subject=subject, message=message, remedy=standing.next_step)
            return
        broken = standing.stage is Stage.LOAD_BROKEN
        yield judged(passed=not broken, subject=subject, message=message, remedy=standing.next_step)
        for stream, task in standing.tasks.items():
            faults = [one for one in standing.faults if f" {stream} is" in one]
            yield judged(
                passed=not faults,
                subject=f"task {stream}",
                message=task.status if task else "missing",
                remedy="read why in the task's log, then: payshift replication start",
            )


PROBE: Probe[DoctorContext] = CarrierProbe()
