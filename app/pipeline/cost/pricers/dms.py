"""AWS Database Migration Service: the replication instance; tasks and endpoints run on it."""

from __future__ import annotations

from app.pipeline.cost.line import HOURS, Context
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource

_INCLUDED_GIGABYTES = {"dms.t2": 50, "dms.t3": 50}
_INCLUDED_OTHERWISE = 100

free(
    "the instance is billed, not what it carries",
    "aws_dms_endpoint",
    "aws_dms_certificate",
    "aws_dms_replication_subnet_group",
)
free("event notifications are billed by the topic", "aws_dms_event_subscription")


@priced("aws_dms_replication_instance", service="DMS")
def replication_instance(resource: Resource, _context: Context, bill: Bill) -> None:
    """Charge class and storage above the included; Multi-AZ is a second one of both."""
    kind = resource.text("replication_instance_class")
    copies = 2 if resource.flag("multi_az") else 1
    said = "two zones * " if copies > 1 else ""
    bill.add(f"instance {kind}", copies * HOURS, f"{kind.replace('.', '_', 1)}_hour",
             how=f"{said}730 hours")  # fmt: skip
    included = _INCLUDED_GIGABYTES.get(kind.rpartition(".")[0], _INCLUDED_OTHERWISE)
    allocated = resource.number("allocated_storage", included)
    bill.add(
        "storage above the included",
        copies * max(0, allocated - included),
        "dms_storage_gigabyte",
        how=f"{said}({allocated:g} GB - {included} GB included)",
    )


@priced("aws_dms_replication_task", service="DMS")
def task(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the log of the task; the work is done by the instance."""
    volume = context.shared(resource, context.usage.replication_log_gigabytes_per_month)
    how = "replication_log_gigabytes_per_month, shared by all tasks"
    bill.add("task log", volume, "log_ingestion_gigabyte", how=how)
