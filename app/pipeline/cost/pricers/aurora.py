"""Amazon Aurora PostgreSQL: instances, storage, I/O, backups, monitoring."""

from __future__ import annotations

from app.pipeline.cost.line import HOURS, KILOBYTES_PER_GIGABYTE, Context
from app.pipeline.cost.prices import Unpriced
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource

SERVICE = "Aurora"
_ENGINE = "aurora-postgresql"
_IO_OPTIMIZED = "aurora-iopt1"
_FREE_INSIGHTS_DAYS = 7
_FREE_INSIGHTS_MODE = "standard"

free(
    "a group only describes; the instances are billed",
    "aws_rds_cluster_parameter_group",
    "aws_db_parameter_group",
    "aws_db_subnet_group",
)
free("event notifications are billed by the topic", "aws_db_event_subscription")
free("an association only describes", "aws_rds_cluster_role_association")


@priced("aws_rds_cluster", service=SERVICE)
def cluster(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the volume once: Aurora's storage spans three zones at one price."""
    _check_engine(resource)
    _check_insights(resource)
    usage = context.usage
    optimized = _is_io_optimized(resource)
    storage = "aurora_optimized_storage_gigabyte" if optimized else "aurora_storage_gigabyte"
    stored = context.shared(resource, context.stored_gigabytes)
    grown = f"{usage.data_gigabytes} GB and the growth of {usage.growth_months} months"
    bill.add("storage", stored, storage, how=grown)
    if not optimized:
        requests = (
            context.shared(resource, context.transactions) * usage.database_io_per_transaction
        )
        bill.add("I/O", requests / 1e6, "aurora_io_million", how="transactions * I/O of each")
    backups = context.shared(resource, usage.backup_gigabytes_above_free)
    bill.add("backups", backups, "aurora_backup_gigabyte", how="backup_gigabytes_above_free")
    crossed = 2 * context.shared(resource, usage.cross_zone_gigabytes_per_month)
    how = "cross_zone_gigabytes_per_month, billed on both sides"
    bill.add("data between zones", crossed, "cross_zone_gigabyte", how=how)
    if resource.flag("manage_master_user_password"):
        bill.add("master password", 1, "secret", how="managed by RDS in one secret")
    if resource.count("enabled_cloudwatch_logs_exports", unknown=1):
        logged = context.shared(resource, usage.database_log_gigabytes_per_month)
        how = "database_log_gigabytes_per_month"
        bill.add("log export", logged, "log_ingestion_gigabyte", how=how)


@priced("aws_rds_cluster_instance", service=SERVICE)
def instance(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the class, and the samples of enhanced monitoring as logs."""
    _check_engine(resource)
    _check_insights(resource)
    kind = resource.text("instance_class")
    optimized = any(_is_io_optimized(one) for one in context.of("aws_rds_cluster"))
    suffix = "_optimized" if optimized else ""
    bill.add(f"instance {kind}", HOURS, f"aurora_{kind}{suffix}_hour", how="730 hours")
    seconds = resource.number("monitoring_interval", 0)
    if seconds:
        samples = HOURS * 3600 / seconds
        volume = samples * context.usage.monitoring_sample_kilobytes / KILOBYTES_PER_GIGABYTE
        how = f"a sample every {seconds:g} s, monitoring_sample_kilobytes each"
        bill.add("enhanced monitoring", volume, "log_ingestion_gigabyte", how=how)


def _is_io_optimized(cluster: Resource) -> bool:
    return cluster.text("storage_type", "") == _IO_OPTIMIZED


def _check_engine(resource: Resource) -> None:
    engine = resource.text("engine", _ENGINE)
    if engine != _ENGINE:
        message = f"{resource.workspace}: {resource.address} has no price: the engine is {engine}"
        raise Unpriced(message, remedy=f"write engine: {_ENGINE}, or a pricer for {engine}")


def _check_insights(resource: Resource) -> None:
    days = resource.number("performance_insights_retention_period", _FREE_INSIGHTS_DAYS)
    where = f"{resource.workspace}: {resource.address}"
    if days > _FREE_INSIGHTS_DAYS:
        message = f"{where} has no price: Performance Insights is kept for {days:g} days"
        raise Unpriced(message, remedy="keep it for 7 days, which cost nothing, or add a price")
    mode = resource.text("database_insights_mode", _FREE_INSIGHTS_MODE)
    if mode != _FREE_INSIGHTS_MODE:
        message = f"{where} has no price: Database Insights is {mode}"
        raise Unpriced(message, remedy="write standard, which costs nothing, or add a price")
