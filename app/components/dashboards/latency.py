"""The dashboard `latency`: how fast the payment API is, by site and by release colour."""

from __future__ import annotations

from app.components.dashboards.widgets import Dashboard, Graph
from app.config.alarms.api import SITES, colour_metric, site_metric
from app.config.alarms.base import Found, Metric
from app.config.alarms.database import cluster_metric
from app.config.alarms.entrance import balancer_metric
from app.config.alarms.functions import function_metric
from app.config.colours import COLOURS, payment_api
from app.config.environment import Environment

PERCENTILES = ("p50", "p95", "p99")
SITES_HEADING = "# By site\nBoth sites answer alike; held requests are slow, and rare."
COLOURS_HEADING = "# By release colour\nThe colour that waits has no traffic and shows nothing."
REST_HEADING = "# Below\nWhat makes requests slow: no warm copy, or a busy database."


def latency(environment: Environment, *, found: Found) -> str:
    """Return the dashboard's JSON."""
    limit = environment.observability.limits.p95_milliseconds
    board = Dashboard(region=environment.region)
    board.heading(SITES_HEADING)
    board.row([_percentiles(site, limit, _of_site(environment, site)) for site in SITES])
    board.row(_held(environment))
    board.heading(COLOURS_HEADING)
    board.row([_percentiles(one, limit, _of_colour(environment, one)) for one in COLOURS])
    board.heading(REST_HEADING)
    board.row(_below(environment, found))
    return board.json()


def _of_site(environment: Environment, site: str) -> dict[str, Metric]:
    return {stat: site_metric(environment, site, "Latency", stat) for stat in PERCENTILES}


def _of_colour(environment: Environment, colour: str) -> dict[str, Metric]:
    return {stat: colour_metric(environment, colour, "Latency", stat) for stat in PERCENTILES}


def _percentiles(title: str, limit: float, figures: dict[str, Metric]) -> Graph:
    return Graph(title=f"Latency: {title}", figures=figures, unit="ms", width=12, limit=limit)


def _held(environment: Environment) -> tuple[Graph, ...]:
    return (
        Graph(
            title="Held requests",
            figures={s: site_metric(environment, s, "HeldRequests", "Sum") for s in SITES},
            unit="requests a minute",
            width=12,
            limit=environment.observability.limits.held_requests_per_minute,
        ),
        Graph(
            title="Time held",
            figures={
                f"{site} {statistic}": site_metric(environment, site, "HoldTime", statistic)
                for site in SITES
                for statistic in ("Average", "Maximum")
            },
            unit="ms",
            width=12,
        ),
    )


def _below(environment: Environment, found: Found) -> tuple[Graph, ...]:
    api = {
        "running": ("ConcurrentExecutions", "Maximum"),
        "provisioned in use": ("ProvisionedConcurrentExecutions", "Maximum"),
        "spilled over": ("ProvisionedConcurrencySpilloverInvocations", "Sum"),
    }
    return (
        Graph(
            title="Load balancer to function",
            figures={
                stat: balancer_metric(found, "TargetResponseTime", stat) for stat in PERCENTILES
            },
            unit="seconds",
        ),
        Graph(
            title="Copies of the payment API",
            figures={
                f"{colour} {label}": function_metric(
                    environment, payment_api(colour), name, statistic
                )
                for colour in COLOURS
                for label, (name, statistic) in api.items()
            },
            unit="copies",
        ),
        Graph(
            title="CPU of the payment API",
            figures={
                site: site_metric(environment, site, "CpuUtilization", "Average") for site in SITES
            },
            unit="percent",
        ),
        Graph(
            title="CPU of the database",
            figures={
                role.lower(): cluster_metric(environment, "CPUUtilization", "Average", role=role)
                for role in ("WRITER", "READER")
            },
            unit="percent",
            limit=environment.observability.limits.cpu_percent,
        ),
        Graph(
            title="Connections",
            figures={"writer": cluster_metric(environment, "DatabaseConnections", "Maximum")},
            unit="connections",
            limit=environment.observability.limits.database_connections,
        ),
        Graph(
            title="Replica lag",
            figures={
                "lag": cluster_metric(environment, "AuroraReplicaLagMaximum", "Maximum", role=None)
            },
            unit="ms",
            limit=environment.observability.limits.replica_lag_milliseconds,
        ),
    )
