"""The dashboard `errors`: what fails, from the entrance to the queue of failed events."""

from __future__ import annotations

from app.components.dashboards.widgets import Dashboard, Graph
from app.config.alarms import network
from app.config.alarms.api import SITES, colour_metric, error_rate, site_metric
from app.config.alarms.base import Found, Metric, Query
from app.config.alarms.entrance import balancer_metric, blocked_metric
from app.config.alarms.functions import FUNCTIONS, failed_events, function_metric
from app.config.colours import COLOURS
from app.config.environment import Environment

HEADING = "# Errors\nEverything here is empty or zero on a good day."


def errors(environment: Environment, *, found: Found) -> str:
    """Return the dashboard's JSON."""
    board = Dashboard(region=environment.region)
    board.heading(HEADING)
    board.row(_api(environment))
    board.row(_entrance(environment, found))
    board.row(_functions(environment))
    return board.json()


def _api(environment: Environment) -> tuple[Graph, ...]:
    return (
        Graph(
            title="Error rate",
            figures={site: error_rate(environment, site) for site in SITES},
            unit="percent",
            limit=environment.observability.limits.error_rate_percent,
        ),
        Graph(
            title="5xx by site",
            figures={s: site_metric(environment, s, "ServerErrors", "Sum") for s in SITES},
            unit="requests a minute",
        ),
        Graph(
            title="5xx by colour",
            figures={c: colour_metric(environment, c, "ServerErrors", "Sum") for c in COLOURS},
            unit="requests a minute",
        ),
    )


def _entrance(environment: Environment, found: Found) -> tuple[Graph, ...]:
    counts = {
        "load balancer 5xx": "HTTPCode_ELB_5XX_Count",
        "target 5xx": "HTTPCode_Target_5XX_Count",
        "function fails": "LambdaUserError",
        "refused connections": "RejectedConnectionCount",
    }
    tunnels = {
        word: Query(
            expression=f"SELECT {statistic}(TunnelState) {network.TUNNELS}",
            label=word,
            period_seconds=network.TUNNEL_PERIOD_SECONDS,
        )
        for word, statistic in (("best", "MAX"), ("worst", "MIN"))
    }
    return (
        Graph(
            title="Load balancer",
            figures={label: balancer_metric(found, name, "Sum") for label, name in counts.items()},
            unit="a minute",
            limit=environment.observability.limits.balancer_errors_per_minute,
        ),
        Graph(
            title="Refused by the firewall",
            figures={"blocked": blocked_metric(environment)},
            unit="requests a minute",
            limit=environment.observability.limits.blocked_requests_per_minute,
        ),
        Graph(title="VPN tunnels", figures=tunnels, unit="1 is up"),
    )


def _functions(environment: Environment) -> tuple[Graph, ...]:
    def each(name: str) -> dict[str, Metric]:
        return {one: function_metric(environment, one, name, "Sum") for one in FUNCTIONS}

    return (
        Graph(title="Function errors", figures=each("Errors"), unit="invocations a minute"),
        Graph(title="Function throttles", figures=each("Throttles"), unit="invocations a minute"),
        Graph(
            title="Failed events", figures={"waiting": failed_events(environment)}, unit="events"
        ),
    )
