"""AWS Backup: copies of the database that are kept for longer than its own backups."""

from __future__ import annotations

from app.pipeline.cost.line import Context
from app.pipeline.cost.prices import Unpriced
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource

free("a vault costs nothing; what the plans put into it is billed", "aws_backup_vault")
free("settings of a vault", "aws_backup_vault_lock_configuration", "aws_backup_vault_policy")
free("what a plan copies is billed there", "aws_backup_selection")


@priced("aws_backup_plan", service="AWS Backup")
def plan(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge each day's copy, whole, from the day on which Aurora keeps that day no more.

    AWS bills nothing for a copy that is younger than the cluster's own retention.
    """
    clusters = context.of("aws_rds_cluster")
    kept = min((one.number("backup_retention_period", 1) for one in clusters), default=1)
    for rule in resource.blocks("rule"):
        name = str(rule.get("rule_name"))
        days = _days(resource, rule)
        copies = max(0.0, days - kept)
        bill.add(
            f"copies of {name}",
            copies * context.stored_gigabytes,
            "aurora_backup_gigabyte",
            how=f"{days:g} days, of which Aurora's own backups cover {min(days, kept):g}",
        )


def _days(resource: Resource, rule: dict[str, object]) -> float:
    lifecycle = rule.get("lifecycle")
    found = lifecycle[0] if isinstance(lifecycle, list) else lifecycle
    days = found.get("delete_after") if isinstance(found, dict) else None
    if not isinstance(days, int | float):
        message = f"{resource.workspace}: {resource.address} has no price: copies are kept for ever"
        raise Unpriced(message, remedy="write lifecycle.delete_after for every rule")
    return days
