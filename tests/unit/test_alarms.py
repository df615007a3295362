"""The table of alarms: every gate and every fault has one, and each says what to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.config.alarms import Alarm, Calculation, Found, Metric, Query, all_alarms
from app.config.loading import load_environment

PRODUCTION = load_environment("production")
ALARMS = {alarm.name: alarm for alarm in all_alarms(PRODUCTION)}

# fault: (namespace, metric, rings, limit, what silence means)
SIMPLE = {
    "two-writers": ("Payshift", "AcceptingSites", "above", 1, "notBreaching"),
    "no-writer": ("Payshift", "AcceptingSites", "below", 1, "breaching"),
    "database-certificate-expires":
        ("Payshift", "DatabaseCertificateDays", "below", 30, "missing"),
    "database-unreachable": ("Payshift", "UnreachableDatabases", "above", 0, "notBreaching"),
    "replication-lag": ("Payshift", "ReplicationLag", "above", 5, "notBreaching"),
    "gate-failed": ("Payshift", "GatesFailed", "above", 0, "notBreaching"),
    "databases-differ": ("Payshift", "ParityDifferences", "above", 0, "notBreaching"),
    "handover-failed": ("Payshift", "HandoversFailed", "above", 0, "notBreaching"),
    "handover-pause": ("Payshift", "HandoverPause", "above", 5000, "notBreaching"),
    "forward-latency-source": ("AWS/DMS", "CDCLatencySource", "above", 60, "notBreaching"),
    "forward-latency-target": ("AWS/DMS", "CDCLatencyTarget", "above", 60, "notBreaching"),
    "forward-validation-failed":
        ("AWS/DMS", "ValidationFailedOverallCount", "above", 0, "notBreaching"),
    "forward-validation-suspended":
        ("AWS/DMS", "ValidationSuspendedOverallCount", "above", 0, "notBreaching"),
    "reverse-latency-source": ("AWS/DMS", "CDCLatencySource", "above", 60, "notBreaching"),
    "reverse-latency-target": ("AWS/DMS", "CDCLatencyTarget", "above", 60, "notBreaching"),
    "reverse-validation-failed":
        ("AWS/DMS", "ValidationFailedOverallCount", "above", 0, "notBreaching"),
    "reverse-validation-suspended":
        ("AWS/DMS", "ValidationSuspendedOverallCount", "above", 0, "notBreaching"),
    "replication-memory": ("AWS/DMS", "FreeableMemory", "below", 512e6, "breaching"),
    "replication-storage": ("AWS/DMS", "FreeStorageSpace", "below", 20e9, "breaching"),
    "replication-cpu": ("AWS/DMS", "CPUUtilization", "above", 80, "missing"),
    "p95-legacy": ("Payshift", "Latency", "above", 300, "notBreaching"),
    "p95-aws": ("Payshift", "Latency", "above", 300, "notBreaching"),
    "shadow-reads-differ": ("Payshift", "ShadowMismatches", "above", 0, "notBreaching"),
    "held-requests-legacy": ("Payshift", "HeldRequests", "above", 50, "notBreaching"),
    "held-requests-aws": ("Payshift", "HeldRequests", "above", 50, "notBreaching"),
    **{
        f"{function}-{word}": ("AWS/Lambda", word.capitalize(), "above", 0, "notBreaching")
        for function in (
            "payment-api-blue", "payment-api-green", "validator", "handover", "secret-rotation",
            "comparison",
        )
        for word in ("errors", "throttles")
    },
    **{
        f"payment-api-{colour}-spillover": (
            "AWS/Lambda", "ProvisionedConcurrencySpilloverInvocations", "above", 10, "notBreaching"
        )
        for colour in ("blue", "green")
    },
    **{
        f"{rule}-undelivered": ("AWS/Events", "FailedInvocations", "above", 0, "notBreaching")
        for rule in (
            "event-replication", "event-database", "event-backup", "event-secret-rotation",
            "event-certificate", "status", "resting-slot",
        )
    },
    "comparison-failed": ("AWS/States", "ExecutionsFailed", "above", 0, "notBreaching"),
    "failed-events":
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "above", 0, "notBreaching"),
    "entrance-5xx": ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "above", 5, "notBreaching"),
    "target-5xx": ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "above", 5, "notBreaching"),
    "target-failures": ("AWS/ApplicationELB", "LambdaUserError", "above", 5, "notBreaching"),
    "refused-connections":
        ("AWS/ApplicationELB", "RejectedConnectionCount", "above", 5, "notBreaching"),
    "blocked-requests": ("AWS/WAFV2", "BlockedRequests", "above", 500, "notBreaching"),
    "certificate-expires": ("AWS/CertificateManager", "DaysToExpiry", "below", 30, "missing"),
    "database-cpu": ("AWS/RDS", "CPUUtilization", "above", 80, "breaching"),
    "database-connections": ("AWS/RDS", "DatabaseConnections", "above", 400, "missing"),
    "database-memory": ("AWS/RDS", "FreeableMemory", "below", 1024e6, "missing"),
    "database-local-storage": ("AWS/RDS", "FreeLocalStorage", "below", 10e9, "missing"),
    "replica-lag": ("AWS/RDS", "AuroraReplicaLagMaximum", "above", 1000, "missing"),
    "slot-disk": ("AWS/RDS", "ReplicationSlotDiskUsage", "above", 20e9, "missing"),
    "transaction-logs": ("AWS/RDS", "TransactionLogsDiskUsage", "above", 20e9, "notBreaching"),
    "database-copies": ("AWS/Backup", "NumberOfBackupJobsCompleted", "below", 1, "breaching"),
    "transaction-ids": ("AWS/RDS", "MaximumUsedTransactionIDs", "above", 1e9, "missing"),
}  # fmt: skip
COMPUTED = {
    "error-rate-legacy": ("100 * errors / requests", "above", 0.1, "notBreaching"),
    "error-rate-aws": ("100 * errors / requests", "above", 0.1, "notBreaching"),
    "no-requests": ("FILL(legacy, 0) + FILL(aws, 0)", "below", 1, "breaching"),
    "vpn-down":
        ('SELECT MAX(TunnelState) FROM SCHEMA("AWS/VPN", VpnId)', "below", 1, "breaching"),
    "vpn-tunnel-down":
        ('SELECT MIN(TunnelState) FROM SCHEMA("AWS/VPN", VpnId)', "below", 1, "notBreaching"),
    "nat-ports": (
        'SELECT SUM(ErrorPortAllocation) FROM SCHEMA("AWS/NATGateway", NatGatewayId)',
        "above", 0, "notBreaching",
    ),
}  # fmt: skip


def metrics(alarm: Alarm) -> Iterator[Metric]:
    if isinstance(alarm.figure, Metric):
        yield alarm.figure
    elif isinstance(alarm.figure, Calculation):
        yield from alarm.figure.inputs.values()


def test_there_is_an_alarm_for_every_gate_and_fault_and_no_other() -> None:
    assert set(ALARMS) == set(SIMPLE) | set(COMPUTED)
    assert len(all_alarms(PRODUCTION)) == len(ALARMS)


@pytest.mark.parametrize("name", SIMPLE)
def test_an_alarm_watches_its_metric_with_its_limit(name: str) -> None:
    alarm = ALARMS[name]
    assert isinstance(alarm.figure, Metric)
    watched = (alarm.figure.namespace, alarm.figure.name, alarm.rings, alarm.limit, alarm.silence)
    assert watched == SIMPLE[name]


@pytest.mark.parametrize("name", COMPUTED)
def test_an_alarm_computes_its_figure_and_has_its_limit(name: str) -> None:
    alarm = ALARMS[name]
    assert isinstance(alarm.figure, Calculation | Query)
    computed = (alarm.figure.expression, alarm.rings, alarm.limit, alarm.silence)
    assert computed == COMPUTED[name]


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=ALARMS)
def test_an_alarm_says_why_it_rings_and_what_to_do(alarm: Alarm) -> None:
    assert alarm.reason.endswith(".")
    assert alarm.remedy.endswith(".")
    assert alarm.unit
    # CloudWatch holds 1,024 characters, and a pager shows the first ones.
    assert len(f"{alarm.reason} → {alarm.remedy}") <= 250


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=ALARMS)
def test_an_alarm_looks_at_no_more_than_a_day(alarm: Alarm) -> None:
    periods = [one.period_seconds for one in metrics(alarm)] or [300]
    assert alarm.periods >= 1
    assert max(periods) * alarm.periods <= 86_400
    assert all(period % 60 == 0 for period in periods)


def test_what_only_aws_knows_is_put_in_where_it_was_found() -> None:
    found = Found(load_balancer="app/entrance/1", certificate_arn="arn:aws:acm:1")
    alarms = {alarm.name: alarm for alarm in all_alarms(PRODUCTION, found)}
    (balancer,) = metrics(alarms["entrance-5xx"])
    assert balancer.dimensions == {"LoadBalancer": "app/entrance/1"}
    (certificate,) = metrics(alarms["certificate-expires"])
    assert certificate.dimensions == {"CertificateArn": "arn:aws:acm:1"}


def test_database_alarms_follow_the_writer_through_a_failover() -> None:
    (cpu,) = metrics(ALARMS["database-cpu"])
    assert cpu.dimensions == {"DBClusterIdentifier": "payshift-production", "Role": "WRITER"}


def test_a_tasks_alarms_name_the_instance_and_the_last_part_of_the_tasks_arn() -> None:
    (latency,) = metrics(ALARMS["reverse-latency-target"])
    assert latency.dimensions == {
        "ReplicationInstanceIdentifier": "payshift-production",
        "ReplicationTaskIdentifier": "production-reverse",
    }


def test_a_percentile_is_watched_where_the_gate_asks_for_one() -> None:
    (latency,) = metrics(ALARMS["p95-aws"])
    assert latency.statistic == "p95"
