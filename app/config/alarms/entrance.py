"""Alarms of the public entrance: load balancer, firewall and certificate."""

from __future__ import annotations

from app.config.alarms.base import Alarm, Found, Metric
from app.config.environment import Environment
from app.config.names import Names

_DAY_SECONDS = 86_400


def alarms(environment: Environment, found: Found) -> tuple[Alarm, ...]:
    """Return the alarms."""
    return (
        *_balancer(environment, found),
        _blocked(environment),
        _certificate(environment, found),
    )


def balancer_metric(found: Found, name: str, statistic: str) -> Metric:
    """Return a metric of the load balancer."""
    return Metric(
        namespace="AWS/ApplicationELB",
        name=name,
        statistic=statistic,
        dimensions={"LoadBalancer": found.load_balancer},
    )


def _balancer(environment: Environment, found: Found) -> tuple[Alarm, ...]:
    limit = environment.observability.limits.balancer_errors_per_minute
    faults = (
        (
            "entrance-5xx",
            "HTTPCode_ELB_5XX_Count",
            "The load balancer itself answers 5xx: it has no target that answers.",
            "Look at the function's errors and throttles, and at the target groups' weights.",
        ),
        (
            "target-5xx",
            "HTTPCode_Target_5XX_Count",
            "The payment API answers 5xx behind the load balancer.",
            "Revert the last merge; then read the saved query `server-errors`.",
        ),
        (
            "target-failures",
            "LambdaUserError",
            "The payment API's function fails or answers what is no answer.",
            "Read the function's log; move the weight to the other colour.",
        ),
        (
            "refused-connections",
            "RejectedConnectionCount",
            "The load balancer has no connection left.",
            "Look for a flood in the WAF's log; lower the limit a minute.",
        ),
    )
    return tuple(
        Alarm(
            name=name,
            figure=balancer_metric(found, metric, "Sum"),
            rings="above",
            limit=limit,
            unit="requests",
            periods=2,
            # CloudWatch has no zeros here: a minute without a fault is a minute without data.
            silence="notBreaching",
            reason=reason,
            remedy=remedy,
        )
        for name, metric, reason, remedy in faults
    )


def blocked_metric(environment: Environment) -> Metric:
    """Return the requests that any rule of the firewall refused."""
    names = Names.of(environment)
    return Metric(
        namespace="AWS/WAFV2",
        name="BlockedRequests",
        statistic="Sum",
        dimensions={"WebACL": names.prefix, "Region": names.region, "Rule": "ALL"},
    )


def _blocked(environment: Environment) -> Alarm:
    return Alarm(
        name="blocked-requests",
        figure=blocked_metric(environment),
        rings="above",
        limit=environment.observability.limits.blocked_requests_per_minute,
        unit="requests",
        periods=5,
        silence="notBreaching",
        reason="The firewall refuses a surge: an attack, or a rule that hits clients.",
        remedy="Read the saved query `blocked-requests` for the rule and the addresses.",
    )


def _certificate(environment: Environment, found: Found) -> Alarm:
    return Alarm(
        name="certificate-expires",
        figure=Metric(
            namespace="AWS/CertificateManager",
            name="DaysToExpiry",
            statistic="Minimum",
            dimensions={"CertificateArn": found.certificate_arn},
            period_seconds=_DAY_SECONDS,
        ),
        rings="below",
        limit=environment.observability.limits.certificate_days,
        unit="days",
        periods=1,
        silence="missing",
        reason="ACM did not renew the certificate: clients will refuse the connection.",
        remedy="Look at the validation record of the name in Route 53.",
    )
