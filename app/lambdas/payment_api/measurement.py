"""What one request cost: the figures that dashboards, gates and the autoscaling read (EMF)."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricResolution, MetricUnit

from app.migration.sites import Site

COLOURS = ("blue", "green")
NAMESPACE = "Payshift"
_SERVER_ERROR = 500


@dataclass(slots=True)
class Measurement:
    """One invocation, measured from its creation; routes note what they learn on the way."""

    started: float = field(default_factory=time.perf_counter)
    cpu_started: float = field(default_factory=time.process_time)
    held_ms: float | None = None
    writer: Site | None = None

    def latency_ms(self) -> float:
        """Wall time since the start."""
        return (time.perf_counter() - self.started) * 1e3

    def cpu_percent(self) -> float:
        """CPU time of this process over wall time; over 100 when threads run on several cores."""
        wall = time.perf_counter() - self.started
        return 100 * (time.process_time() - self.cpu_started) / wall if wall > 0 else 0.0


def colour_of(invoked_function_arn: str) -> str | None:
    """Return the release colour that was called, None for a version or the function itself.

    The colour is the alias at the end of `arn:aws:lambda:region:account:function:name:alias`.
    """
    alias = invoked_function_arn.rpartition(":")[2]
    return alias if alias in COLOURS else None


class RequestMetrics:
    """Publishes one EMF line a request in namespace Payshift by Environment and Site.

    A release colour's requests count a second time by Environment, Site and Colour: that is what
    the autoscaling and the comparison of two releases read.
    """

    def __init__(self, *, environment: str, site: str) -> None:
        # An empty service: POWERTOOLS_SERVICE_NAME would add a dimension that no alarm asks for.
        self._metrics = Metrics(namespace=NAMESPACE, service="")
        self._metrics.set_default_dimensions(Environment=environment, Site=site)

    def publish(self, measured: Measurement, *, status: int, colour: str | None) -> None:
        """Write the line; HoldTime only for requests that were held, its average means those."""
        if colour is not None:
            self._metrics.add_dimensions(Colour=colour)
        self._add("Requests", MetricUnit.Count, 1)
        self._add("ServerErrors", MetricUnit.Count, int(status >= _SERVER_ERROR))
        self._add("Latency", MetricUnit.Milliseconds, measured.latency_ms())
        self._add("HeldRequests", MetricUnit.Count, int(measured.held_ms is not None))
        if measured.held_ms is not None:
            self._add("HoldTime", MetricUnit.Milliseconds, measured.held_ms)
        self._add("CpuUtilization", MetricUnit.Percent, measured.cpu_percent())
        self._metrics.flush_metrics()

    def _add(self, name: str, unit: MetricUnit, value: float) -> None:
        self._metrics.add_metric(name, unit, value, resolution=MetricResolution.High)
