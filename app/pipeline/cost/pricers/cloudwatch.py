"""Amazon CloudWatch: alarms, dashboards, kept logs and the searching of them."""

from __future__ import annotations

import re

from app.pipeline.cost.line import Context
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource

SERVICE = "CloudWatch"
_DAYS_PER_MONTH = 30
_HIGH_RESOLUTION_BELOW_SECONDS = 60
_ANOMALY_METRICS = 3
_FOR_EVER_MONTHS = 120
_WRITERS = ("flow", "waf", "rds", "dms", "payment-api", "route53")
OTHER = "everything else"

free("a policy only permits", "aws_cloudwatch_log_resource_policy")
free("a filter's metrics are counted as custom_metrics", "aws_cloudwatch_log_metric_filter")
free("rules on events of AWS services cost nothing", "aws_cloudwatch_event_rule")
free("targets on the same account's events cost nothing", "aws_cloudwatch_event_target")
free("a policy of a bus only permits", "aws_cloudwatch_event_bus_policy")
free("sampling rules only choose; traces are billed", "aws_xray_sampling_rule")
free("a setting of the account", "aws_xray_encryption_config")


@priced("aws_cloudwatch_metric_alarm", service=SERVICE)
def alarm(resource: Resource, _context: Context, bill: Bill) -> None:
    """Charge each metric that the alarm looks at, three for an anomaly band."""
    queries = resource.blocks("metric_query")
    metrics = [query["metric"] for query in queries if query.get("metric")]
    count = max(1, sum(len(one) if isinstance(one, list) else 1 for one in metrics))
    if any("ANOMALY_DETECTION_BAND" in str(query.get("expression", "")) for query in queries):
        count *= _ANOMALY_METRICS
    quick = resource.number("period", _HIGH_RESOLUTION_BELOW_SECONDS) < (
        _HIGH_RESOLUTION_BELOW_SECONDS
    )
    price = "alarm_high_resolution" if quick else "alarm_standard"
    bill.add("alarm", count, price, how=f"{count} metrics")


@priced("aws_cloudwatch_composite_alarm", service=SERVICE)
def composite_alarm(_resource: Resource, _context: Context, bill: Bill) -> None:
    """Charge the alarm over alarms."""
    bill.add("composite alarm", 1, "alarm_composite", how="one")


@priced("aws_cloudwatch_dashboard", service=SERVICE)
def dashboard(_resource: Resource, _context: Context, bill: Bill) -> None:
    """Charge the dashboard; the free first three belong to the account, not to this target."""
    bill.add("dashboard", 1, "dashboard", how="one")


@priced("aws_cloudwatch_query_definition", service="CloudWatch Logs")
def saved_query(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge what is searched with saved queries; keeping one costs nothing."""
    volume = context.shared(resource, context.usage.log_query_gigabytes_per_month)
    how = "log_query_gigabytes_per_month, shared by all"
    bill.add("searched logs", volume, "log_query_gigabyte", how=how)


@priced("aws_cloudwatch_log_group", service="CloudWatch Logs")
def log_group(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge what is kept once retention is reached. Who writes the log pays for the delivery."""
    days = resource.number("retention_in_days", 0)
    months = days / _DAYS_PER_MONTH if days else _FOR_EVER_MONTHS
    source, volume = _source(resource, context)
    how = f"{source} * {months:.1f} months of retention, not compressed"
    bill.add("kept logs", volume * months, "log_storage_gigabyte", how=how)


def _source(resource: Resource, context: Context) -> tuple[str, float]:
    """Return whose log a group holds, and its share of what comes in a month."""
    volumes = {
        "flow": context.usage.flow_log_gigabytes_per_month,
        "waf": context.waf_log_gigabytes,
        "rds": context.usage.database_log_gigabytes_per_month,
        "dms": context.usage.replication_log_gigabytes_per_month,
        "payment-api": context.request_log_gigabytes,
        "route53": context.dns_log_gigabytes,
        OTHER: context.usage.engine_log_gigabytes_per_month,
    }
    source = _writer(resource)
    volume = context.shared(resource, volumes[source], by=lambda one: _writer(one) == source)
    return f"log of {source}", volume


def _writer(group: Resource) -> str:
    """Tell by its name who writes to a log group."""
    name = f"{group.hint('name')}/{group.name}".replace("_", "-")
    found = (word for word in _WRITERS if re.search(rf"\b{word}\b", name))
    return next(found, OTHER)
