"""The dashboard `progress`: where the migration stands, and what holds it up."""

from __future__ import annotations

from collections.abc import Sequence

from app.components.dashboards.widgets import Dashboard, Graph
from app.config.alarms.api import SITES, site_metric
from app.config.alarms.base import PAYSHIFT, Metric
from app.config.alarms.replication import DIRECTIONS, instance_metric, task_metric
from app.config.environment import Environment

HEADING = (
    "# Progress\nOne site accepts writes; the other is seconds behind; no row differs. "
    "Writer: 0 is legacy, 1 is aws."
)
SHADOW_READS = {"compared": "Reads", "differing": "Mismatches", "given up": "ReadsSkipped"}
REPLICATION = "# Replication\nOne direction carries rows, the other rests and shows nothing."


def progress(environment: Environment, *, alarm_arns: Sequence[str]) -> str:
    """Return the dashboard's JSON."""
    board = Dashboard(region=environment.region)
    board.heading(HEADING)
    board.row(_standing(environment))
    board.row(_changes(environment))
    board.heading(REPLICATION)
    board.row(_replication(environment))
    board.alarms("Alarms", alarm_arns)
    return board.json()


def _engine(environment: Environment, name: str, statistic: str) -> Metric:
    dimensions = {"Environment": environment.name}
    return Metric(namespace=PAYSHIFT, name=name, statistic=statistic, dimensions=dimensions)


def _standing(environment: Environment) -> tuple[Graph, ...]:
    newest = {
        "Phase": _engine(environment, "Phase", "Maximum"),
        "Traffic at AWS (%)": _engine(environment, "AwsPercent", "Maximum"),
        "Writer": _engine(environment, "WriterIsAws", "Maximum"),
        "Epoch": _engine(environment, "WriterEpoch", "Maximum"),
        "Sites that accept": _engine(environment, "AcceptingSites", "Maximum"),
        "Unreachable databases": _engine(environment, "UnreachableDatabases", "Maximum"),
    }
    return (
        Graph(title="Now", figures=newest, unit="", width=24, view="singleValue"),
        Graph(
            title="Requests by site",
            figures={site: site_metric(environment, site, "Requests", "Sum") for site in SITES},
            unit="requests a minute",
        ),
        Graph(
            title="Weight of AWS and phase",
            figures={
                "weight": _engine(environment, "AwsPercent", "Maximum"),
                "phase": _engine(environment, "Phase", "Maximum"),
            },
            unit="percent",
        ),
        Graph(
            title="Writer",
            figures={
                "writer": _engine(environment, "WriterIsAws", "Maximum"),
                "accepting": _engine(environment, "AcceptingSites", "Maximum"),
            },
            unit="0 legacy, 1 aws",
        ),
    )


def _changes(environment: Environment) -> tuple[Graph, ...]:
    limits = environment.observability.limits
    outcomes = ("Passed", "Failed", "Inconclusive")
    return (
        Graph(
            title="Lag of a fresh row",
            figures={"lag": _engine(environment, "ReplicationLag", "Maximum")},
            unit="seconds",
            limit=limits.replication_lag_seconds,
        ),
        Graph(
            title="Gates",
            figures={name.lower(): _engine(environment, f"Gates{name}", "Sum") for name in outcomes}
            | {"differing figures": _engine(environment, "ParityDifferences", "Maximum")},
            unit="count",
        ),
        Graph(
            title="Shadow reads",
            figures={
                word: site_metric(environment, "aws", f"Shadow{name}", "Sum")
                for word, name in SHADOW_READS.items()
            },
            unit="reads a minute",
        ),
        Graph(
            title="Handovers",
            figures={
                "pause (ms)": _engine(environment, "HandoverPause", "Maximum"),
                "failed": _engine(environment, "HandoversFailed", "Sum"),
            },
            unit="ms",
            limit=limits.pause_milliseconds,
        ),
    )


def _replication(environment: Environment) -> tuple[Graph, ...]:
    def both(names: dict[str, str], statistic: str) -> dict[str, Metric]:
        return {
            f"{stream} {label}": task_metric(environment, stream, name, statistic)
            for stream in DIRECTIONS
            for label, name in names.items()
        }

    loaded = {"rows": "FullLoadThroughputRowsTarget", "KB": "FullLoadThroughputBandwidthTarget"}
    carried = {"read": "CDCThroughputRowsSource", "written": "CDCThroughputRowsTarget"}
    compared = {
        "failed": "ValidationFailedOverallCount",
        "suspended": "ValidationSuspendedOverallCount",
        "pending": "ValidationPendingOverallCount",
        "succeeded": "ValidationSucceededRecordCount",
    }
    waiting = {"on disk": "CDCChangesDiskSource", "in memory": "CDCChangesMemorySource"}
    space = {"memory": "FreeableMemory", "storage": "FreeStorageSpace"}
    return (
        Graph(
            title="Latency",
            figures=both({"source": "CDCLatencySource", "target": "CDCLatencyTarget"}, "Maximum"),
            unit="seconds",
            limit=environment.observability.limits.task_latency_seconds,
        ),
        Graph(title="Validation", figures=both(compared, "Maximum"), unit="rows"),
        Graph(
            title="First load",
            figures={
                label: task_metric(environment, "forward", name, "Average")
                for label, name in loaded.items()
            },
            unit="a second",
        ),
        Graph(title="Changes carried", figures=both(carried, "Average"), unit="rows a second"),
        Graph(title="Changes waiting", figures=both(waiting, "Maximum"), unit="rows"),
        Graph(
            title="Free on the instance",
            figures={
                label: instance_metric(environment, name, "Minimum")
                for label, name in space.items()
            },
            unit="bytes",
        ),
    )
