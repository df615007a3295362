"""Alarms of the payment API, from what it measures of itself at both sites."""

from __future__ import annotations

from dataclasses import replace

from app.config.alarms.base import PAYSHIFT, Alarm, Calculation, Metric
from app.config.environment import Environment

SITES = ("legacy", "aws")


def alarms(environment: Environment) -> tuple[Alarm, ...]:
    """Return the alarms."""
    sites = (alarm for site in SITES for alarm in _site(environment, site))
    return (*sites, _shadow_reads(environment), _no_requests(environment))


def site_metric(environment: Environment, site: str, name: str, statistic: str) -> Metric:
    """Return a metric of the payment API at a site."""
    return Metric(
        namespace=PAYSHIFT,
        name=name,
        statistic=statistic,
        dimensions={"Environment": environment.name, "Site": site},
    )


def colour_metric(environment: Environment, colour: str, name: str, statistic: str) -> Metric:
    """Return a metric of a release colour, which only AWS has."""
    metric = site_metric(environment, "aws", name, statistic)
    return replace(metric, dimensions={**metric.dimensions, "Colour": colour})


def error_rate(environment: Environment, site: str) -> Calculation:
    """Return the share of answers 5xx in percent; nothing in a minute without requests."""
    return Calculation(
        expression="100 * errors / requests",
        label=f"5xx at {site}",
        inputs={
            "errors": site_metric(environment, site, "ServerErrors", "Sum"),
            "requests": site_metric(environment, site, "Requests", "Sum"),
        },
    )


def _site(environment: Environment, site: str) -> tuple[Alarm, ...]:
    """A site without traffic publishes nothing, as phase 0 and phase 100 want it."""
    limits = environment.observability.limits
    return (
        Alarm(
            name=f"error-rate-{site}",
            figure=error_rate(environment, site),
            rings="above",
            limit=limits.error_rate_percent,
            unit="percent",
            periods=3,
            silence="notBreaching",
            reason=f"Requests at {site} fail.",
            remedy="Revert the last merge; then read the saved query `server-errors`.",
        ),
        Alarm(
            name=f"p95-{site}",
            figure=site_metric(environment, site, "Latency", "p95"),
            rings="above",
            limit=limits.p95_milliseconds,
            unit="ms",
            periods=5,
            silence="notBreaching",
            reason=f"Requests at {site} are slow.",
            remedy="Read the saved query `slowest-requests`; look at the database's CPU and locks.",
        ),
        Alarm(
            name=f"held-requests-{site}",
            figure=site_metric(environment, site, "HeldRequests", "Sum"),
            rings="above",
            limit=limits.held_requests_per_minute,
            unit="requests",
            periods=2,
            silence="notBreaching",
            reason=f"Requests at {site} wait for a writer for longer than a handover takes.",
            remedy="Run `payshift status`: see whether there is a writer that this site reaches.",
        ),
    )


def _shadow_reads(environment: Environment) -> Alarm:
    return Alarm(
        name="shadow-reads-differ",
        figure=site_metric(environment, "aws", "ShadowMismatches", "Sum"),
        rings="above",
        limit=0,
        unit="reads",
        periods=1,
        # Phases without shadow reads publish nothing.
        silence="notBreaching",
        reason="The databases answer a read differently, and it is not lag.",
        remedy="Find the payments in the API's log (`reads differ`); run `payshift verify`.",
    )


def _no_requests(environment: Environment) -> Alarm:
    return Alarm(
        name="no-requests",
        figure=Calculation(
            expression="FILL(legacy, 0) + FILL(aws, 0)",
            label="Requests",
            inputs={site: site_metric(environment, site, "Requests", "Sum") for site in SITES},
        ),
        rings="below",
        limit=environment.observability.limits.requests_per_minute,
        unit="requests",
        periods=5,
        silence="breaching",
        reason="Nobody pays: clients do not reach either site.",
        remedy="Resolve the payment API's name; look at the load balancer, the WAF and the line.",
    )
