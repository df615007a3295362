"""Settings of the price of a target: what it may cost, and what it will be used for."""

from __future__ import annotations

from pydantic import Field

from app.config.base import Settings


class Usage(Settings):
    """What a month of use amounts to, as far as no resource says it.

    The unit ends each name. Volumes that several resources share, such as the three NAT gateways,
    are those of all of them together.
    """

    # Payments
    transactions_per_day: int = Field(ge=1, le=100_000_000)
    requests_per_transaction: float = Field(
        ge=1, le=100, description="Payments, their retries, reads and refunds."
    )
    request_kilobytes: float = Field(gt=0, le=1024, description="Received for one request.")
    response_kilobytes: float = Field(gt=0, le=1024, description="Sent for one request.")
    request_milliseconds: int = Field(ge=1, le=30_000, description="Average, as Lambda bills it.")
    traced_requests_percent: float = Field(ge=0, le=100, description="Sampled by X-Ray.")
    provisioned_hours_above_minimum: int = Field(
        ge=0, le=730_000, description="Instance-hours that the autoscaling adds to its minimum."
    )
    engine_runs_per_month: int = Field(
        ge=0, le=1_000_000, description="Validations, handovers and rotations."
    )
    engine_run_seconds: float = Field(gt=0, le=900)
    comparison_parts_per_month: int = Field(
        ge=0, le=10_000_000, description="Parts that a state machine has read: up to 16 GiB each."
    )
    dns_queries_per_month: int = Field(ge=0, le=10_000_000_000)
    # Data
    data_gigabytes: int = Field(ge=1, le=128_000, description="The database on its first day.")
    growth_gigabytes_per_month: int = Field(ge=0, le=10_000)
    growth_months: int = Field(
        ge=0, le=120, description="The growth of so many months is paid for, not only planned."
    )
    backup_gigabytes_above_free: int = Field(
        ge=0, le=1_000_000, description="Aurora stores as much as the database holds for nothing."
    )
    database_io_per_transaction: int = Field(
        ge=0, le=100_000, description="I/O requests at AWS, those of replication included."
    )
    monitoring_sample_kilobytes: int = Field(
        ge=1, le=100, description="One sample of enhanced monitoring, as it is logged."
    )
    object_gigabytes: int = Field(ge=0, le=1_000_000, description="State, evidence, access logs.")
    object_writes_per_month: int = Field(ge=0, le=1_000_000_000)
    image_gigabytes: int = Field(ge=0, le=10_000)
    # Traffic
    nat_gigabytes_per_month: int = Field(ge=0, le=1_000_000)
    endpoint_gigabytes_per_month: int = Field(ge=0, le=1_000_000)
    cross_zone_gigabytes_per_month: int = Field(
        ge=0, le=1_000_000, description="Between functions, database and replication."
    )
    vpn_out_gigabytes_per_month: int = Field(
        ge=0, le=1_000_000, description="Queries of the legacy database; AWS bills the way out."
    )
    replication_gigabytes_per_month: int = Field(
        ge=0, le=1_000_000, description="Changes replicated to the other site, either way."
    )
    # Logs, alarms, keys
    request_log_kilobytes: float = Field(ge=0, le=1024, description="The function's own log.")
    dns_log_kilobytes: float = Field(ge=0, le=1024, description="Route 53's, for one query.")
    waf_log_kilobytes: float = Field(ge=0, le=1024, description="The firewall's, for one request.")
    engine_log_gigabytes_per_month: int = Field(
        ge=0, le=1_000_000, description="The other functions', and of all that logs besides."
    )
    flow_log_gigabytes_per_month: int = Field(ge=0, le=1_000_000)
    database_log_gigabytes_per_month: int = Field(ge=0, le=1_000_000)
    replication_log_gigabytes_per_month: int = Field(ge=0, le=1_000_000)
    log_query_gigabytes_per_month: int = Field(ge=0, le=1_000_000, description="Searched.")
    custom_metrics: int = Field(ge=0, le=100_000)
    notifications_per_month: int = Field(ge=0, le=100_000_000)
    queue_requests_per_month: int = Field(ge=0, le=1_000_000_000)
    secret_reads_per_month: int = Field(ge=0, le=1_000_000_000)
    key_requests_per_month: int = Field(ge=0, le=1_000_000_000)
    key_rotations: int = Field(
        ge=0, le=2, description="Yearly rotations so far; AWS bills the first two of each key."
    )


class Cost(Settings):
    """The budget; above it, `payshift cost` answers no and AWS Budgets tells the owner."""

    monthly_limit_usd: int = Field(ge=1)
    usage: Usage
