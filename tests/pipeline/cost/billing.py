"""A few resources as CDKTF synthesizes them, a fixed month of use, and the bill for them."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from app.config.cost import Cost, Usage
from app.config.environment import Environment
from app.config.loading import load_environment
from app.pipeline.cost.estimate import Estimate, estimate
from app.pipeline.cost.prices import Price, PriceList

Resources = dict[str, dict[str, dict[str, Any]]]

# 30 days * 24 h are not a month: AWS counts 730 hours, which are 30.41666… days. So 24,000
# transactions a day are 730,000 a month, and 1,460,000 requests with two of each.
USAGE = Usage(
    transactions_per_day=24_000,
    requests_per_transaction=2,
    request_kilobytes=3,
    response_kilobytes=5,
    request_milliseconds=100,
    traced_requests_percent=10,
    provisioned_hours_above_minimum=100,
    engine_runs_per_month=1_000,
    engine_run_seconds=30,
    comparison_parts_per_month=2_000,
    dns_queries_per_month=3_000_000,
    data_gigabytes=500,
    growth_gigabytes_per_month=10,
    growth_months=10,
    backup_gigabytes_above_free=200,
    database_io_per_transaction=50,
    monitoring_sample_kilobytes=10,
    object_gigabytes=100,
    object_writes_per_month=200_000,
    image_gigabytes=20,
    nat_gigabytes_per_month=90,
    endpoint_gigabytes_per_month=60,
    cross_zone_gigabytes_per_month=300,
    vpn_out_gigabytes_per_month=40,
    replication_gigabytes_per_month=60,
    request_log_kilobytes=2,
    dns_log_kilobytes=0.2,
    waf_log_kilobytes=5,
    engine_log_gigabytes_per_month=6,
    flow_log_gigabytes_per_month=20,
    database_log_gigabytes_per_month=8,
    replication_log_gigabytes_per_month=4,
    log_query_gigabytes_per_month=100,
    custom_metrics=40,
    notifications_per_month=5_000,
    queue_requests_per_month=500_000,
    secret_reads_per_month=100_000,
    key_requests_per_month=2_000_000,
    key_rotations=1,
)

# The figures of 2026-11-24, so that the sums below stay right when prices.yaml is refreshed.
FIGURES = {
    "nat_gateway_hour": 0.045, "nat_gigabyte": 0.045, "public_ipv4_hour": 0.005,
    "endpoint_hour": 0.01, "endpoint_gigabyte": 0.01, "vpn_connection_hour": 0.05,
    "internet_out_gigabyte": 0.09, "cross_zone_gigabyte": 0.01,
    "aurora_db.r6g.large_hour": 0.26, "aurora_db.r6g.large_optimized_hour": 0.338,
    "aurora_storage_gigabyte": 0.10, "aurora_optimized_storage_gigabyte": 0.225,
    "aurora_io_million": 0.20, "aurora_backup_gigabyte": 0.021,
    "dms_c5.large_hour": 0.154, "dms_t3.medium_hour": 0.073, "dms_storage_gigabyte": 0.115,
    "lambda_x86_duration_gb_second": 0.0000166667, "lambda_arm_duration_gb_second": 0.0000133334,
    "lambda_x86_provisioned_gb_second": 0.0000041667,
    "lambda_arm_provisioned_gb_second": 0.0000033333,
    "lambda_x86_provisioned_duration_gb_second": 0.0000097222,
    "lambda_arm_provisioned_duration_gb_second": 0.0000077778,
    "lambda_requests_million": 0.20, "load_balancer_hour": 0.0225, "load_balancer_lcu_hour": 0.008,
    "waf_acl": 5, "waf_rule": 1, "waf_requests_million": 0.60,
    "alarm_standard": 0.10, "alarm_high_resolution": 0.30, "alarm_composite": 0.50,
    "dashboard": 3, "custom_metric": 0.30, "log_ingestion_gigabyte": 0.50,
    "log_delivery_to_s3_gigabyte": 0.25, "log_storage_gigabyte": 0.03, "log_query_gigabyte": 0.005,
    "traces_million": 5, "kms_key": 1, "kms_requests_ten_thousand": 0.03,
    "secret": 0.40, "secret_reads_ten_thousand": 0.05,
    "hosted_zone": 0.50, "dns_queries_million": 0.40, "health_check_aws": 0.50,
    "health_check_other": 0.75, "health_check_feature_other": 2,
    "s3_gigabyte": 0.023, "s3_writes_thousand": 0.005, "ecr_gigabyte": 0.10,
    "sns_requests_million": 0.50, "sns_emails_hundred_thousand": 2, "sqs_requests_million": 0.40,
    "events_million": 1, "state_transitions_thousand": 0.025,
}  # fmt: skip


@cache
def fixed_prices() -> PriceList:
    """The price list of these tests."""
    prices = {
        key: Price(
            usd=usd, unit="unit", region="us-east-2", looked_up=date(2026, 11, 24),
            source="https://example.com/",
        )
        for key, usd in FIGURES.items()
    }  # fmt: skip
    return PriceList(region="us-east-2", prices=prices)


def environment(usage: Usage = USAGE, *, limit_usd: int = 3000) -> Environment:
    """The production environment with this usage and limit."""
    cost = Cost(monthly_limit_usd=limit_usd, usage=usage)
    return _production().model_copy(update={"cost": cost})


def write(directory: Path, **workspaces: Resources) -> Path:
    """Write workspaces; a name such as `phase_10` becomes `phase-10`."""
    for name, resources in workspaces.items():
        place = directory / "stacks" / name.replace("_", "-")
        place.mkdir(parents=True)
        document = {"terraform": {}, "resource": resources}
        (place / "cdk.tf.json").write_text(json.dumps(document), encoding="utf-8")
    return directory


def bill(directory: Path, resources: Resources, *, usage: Usage = USAGE) -> dict[str, float]:
    """Price resources; return the USD of each line, `type.name: line`, in hundredths of a cent."""
    found = estimate_of(write(directory, network=resources), usage=usage)
    return {f"{line.resource}: {line.name}": round(line.usd, 4) for line in found.lines}


def estimate_of(directory: Path, *, usage: Usage = USAGE, limit_usd: int = 3000) -> Estimate:
    """Price the workspaces of a directory with the fixed prices."""
    settings = environment(usage, limit_usd=limit_usd)
    return estimate(directory, environment=settings, prices=fixed_prices())


@cache
def _production() -> Environment:
    return load_environment("production")
