"""Alarms of the writer, the handovers and the gates: what the engine's functions publish."""

from __future__ import annotations

from app.config.alarms.base import PAYSHIFT, Alarm, Metric
from app.config.environment import Environment


def alarms(environment: Environment) -> tuple[Alarm, ...]:
    """Return the alarms."""
    return (*_standing(environment), *_steps(environment))


def _metric(environment: Environment, name: str, statistic: str) -> Metric:
    return Metric(
        namespace=PAYSHIFT,
        name=name,
        statistic=statistic,
        dimensions={"Environment": environment.name},
    )


def _standing(environment: Environment) -> tuple[Alarm, ...]:
    """Every minute the handover function looks at both databases."""
    limits = environment.observability.limits
    return (
        Alarm(
            name="two-writers",
            figure=_metric(environment, "AcceptingSites", "Maximum"),
            rings="above",
            limit=1,
            unit="sites",
            periods=1,
            silence="notBreaching",
            reason="Both databases accept writes: payments may be taken twice.",
            remedy="Run `payshift status`, then `payshift handover` to the site that shall write.",
        ),
        Alarm(
            name="no-writer",
            figure=_metric(environment, "AcceptingSites", "Minimum"),
            rings="below",
            limit=1,
            unit="sites",
            periods=3,
            silence="breaching",
            reason="No database accepts writes, or nobody looks: payments are held, then refused.",
            remedy="Run `payshift status`; run the last handover again, it finishes what stopped.",
        ),
        Alarm(
            name="database-unreachable",
            figure=_metric(environment, "UnreachableDatabases", "Maximum"),
            rings="above",
            limit=0,
            unit="databases",
            periods=3,
            silence="notBreaching",
            reason="The engine cannot log in to a database: no handover is possible.",
            remedy="Look at the VPN, the database's events and the login in Secrets Manager.",
        ),
        Alarm(
            name="replication-lag",
            figure=_metric(environment, "ReplicationLag", "Maximum"),
            rings="above",
            limit=limits.replication_lag_seconds,
            unit="seconds",
            periods=5,
            silence="notBreaching",
            reason="A row needs too long to the other site: a handover would pause payments.",
            remedy="Look at the replication's log, long transactions and the target's load.",
        ),
        Alarm(
            name="database-certificate-expires",
            figure=_metric(environment, "DatabaseCertificateDays", "Minimum"),
            rings="below",
            limit=limits.certificate_days,
            unit="days",
            periods=5,
            silence="missing",
            reason="A database's certificate ends soon; then nobody connects to that database.",
            remedy="Renew that server's certificate and reload it; open sessions stay open.",
        ),
    )


def _steps(environment: Environment) -> tuple[Alarm, ...]:
    limits = environment.observability.limits
    return (
        Alarm(
            name="gate-failed",
            figure=_metric(environment, "GatesFailed", "Sum"),
            rings="above",
            limit=0,
            unit="gates",
            periods=1,
            silence="notBreaching",
            reason="A gate did not pass: the phase was not reached, or is taken back.",
            remedy="Read the evidence of the run; mend what it names and merge again.",
        ),
        Alarm(
            name="databases-differ",
            figure=_metric(environment, "ParityDifferences", "Maximum"),
            rings="above",
            limit=0,
            unit="figures",
            periods=1,
            silence="notBreaching",
            reason="Counts or sums of money differ between the databases.",
            remedy="Run `payshift verify` to find the rows; do not move the writer before.",
        ),
        Alarm(
            name="handover-failed",
            figure=_metric(environment, "HandoversFailed", "Sum"),
            rings="above",
            limit=0,
            unit="handovers",
            periods=1,
            silence="notBreaching",
            reason="A handover was refused or stopped half way.",
            remedy="Run `payshift status`; one site writes, or running it again makes it so.",
        ),
        Alarm(
            name="handover-pause",
            figure=_metric(environment, "HandoverPause", "Maximum"),
            rings="above",
            limit=limits.pause_milliseconds,
            unit="ms",
            periods=1,
            silence="notBreaching",
            reason="No database accepted writes for longer than clients should notice.",
            remedy="Compare fence and drain in the evidence: locks at the old site, or lag.",
        ),
    )
