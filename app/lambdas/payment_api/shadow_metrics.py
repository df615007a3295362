"""What the comparison of reads found, for gates, dashboards and alarms (EMF)."""

from __future__ import annotations

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from app.lambdas.payment_api.measurement import NAMESPACE
from app.lambdas.payment_api.shadow_tally import Tally


class ShadowMetrics:
    """Publishes tallies in namespace Payshift by Environment and Site.

    A request's thread does it, never the one that compares: two threads that print would mix their
    lines, and Lambda freezes what runs after the answer.
    """

    def __init__(self, *, environment: str, site: str) -> None:
        self._metrics = EphemeralMetrics(namespace=NAMESPACE, service="")
        self._metrics.set_default_dimensions(Environment=environment, Site=site)

    def publish(self, tally: Tally) -> None:
        """Write one line, or none when nothing was compared or given up since the last one."""
        if tally == Tally():
            return
        self._metrics.add_metric("ShadowReads", MetricUnit.Count, tally.compared)
        self._metrics.add_metric("ShadowMismatches", MetricUnit.Count, tally.differing)
        self._metrics.add_metric("ShadowReadsSkipped", MetricUnit.Count, tally.skipped)
        self._metrics.flush_metrics()
