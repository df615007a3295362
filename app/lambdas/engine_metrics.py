"""What validator and handover publish for dashboards and alarms (EMF), by Environment."""

from __future__ import annotations

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from app.migration.checks.metrics import NAMESPACE

Figures = dict[str, tuple[MetricUnit, float | None]]


class EngineMetrics:
    """Publishes figures in namespace Payshift; what is not known is left out, never guessed."""

    def __init__(self, *, environment: str) -> None:
        # Ephemeral: plain Metrics share their dimensions with all others of the process. An empty
        # service: POWERTOOLS_SERVICE_NAME would add a dimension that no alarm asks for.
        self._metrics = EphemeralMetrics(namespace=NAMESPACE, service="")
        self._metrics.set_default_dimensions(Environment=environment)

    def publish(self, figures: Figures) -> None:
        """Write one line with the figures that are known; none when nothing is."""
        known = {name: one for name, one in figures.items() if one[1] is not None}
        for name, (unit, value) in known.items():
            self._metrics.add_metric(name, unit, 0.0 if value is None else value)
        if known:
            self._metrics.flush_metrics()
