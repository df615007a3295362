"""The handover function's own code in a sandbox that Lambda ends: real protocol, real clock."""

from __future__ import annotations

from app.lambdas.custom_resource import serve
from app.lambdas.engine_metrics import EngineMetrics
from app.lambdas.handover import change
from app.lambdas.handover.change import HandoverProperties, WriterChange
from app.migration.handover import Handover
from app.migration.pause import Observer
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Databases
from tests.lambdas.callback import Callback, cloudformation_event
from tests.lambdas.invocation import lambda_context
from tests.migration.faults.jobs import Job


def invoke(job: Job, databases: Databases, *, observer: Observer) -> None:
    """Answer one event of Custom::WriterHandover as the function does."""

    class Observed(Handover):
        def __init__(self, **arguments: object) -> None:
            super().__init__(
                databases=databases, replication=LogicalReplication(), observer=observer
            )
            assert arguments.keys() == {"databases", "replication", "turn_later"}

    setattr(change, "Handover", Observed)  # noqa: B010 - the same engine, with steps to stop at
    act = WriterChange(
        databases=lambda: databases,
        replication=LogicalReplication(),
        evidence_bucket=None,
        metrics=EngineMetrics(environment="local"),
        leave_tail=lambda: None,
    )
    properties = {
        "RunId": job.run_id,
        "FromPhase": "50",
        "Phase": "100",
        "DeadlineSeconds": "300",
        "Writer": job.to.value,
        "WaitSeconds": "0",
    }
    callback = Callback(job.callback_port, failures=[])
    event = cloudformation_event(callback, "Create", properties)
    serve(event, lambda_context(job.lambda_seconds), model=HandoverProperties, act=act)
