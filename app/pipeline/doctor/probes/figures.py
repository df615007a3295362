"""The data centre's payment API is measured: gates and alarms judge it by its figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from app.migration.checks.metrics import NAMESPACE
from app.migration.sites import Site
from app.pipeline.doctor.context import DoctorContext
from app.pipeline.probing.base import Line, Probe, judged, unknown
from app.pipeline.site_figures import METRIC, MINUTES, dimensions, is_measured

_REMEDY = "let the agent in the data centre publish them (runbook: Figures of the data centre)"


class FiguresOfTheDataCentre:
    """What prints them runs outside of AWS; nothing there notices when they do not arrive."""

    title = "figures of the data centre"
    remedy = "Ask for cloudwatch:ListMetrics and cloudwatch:GetMetricData."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Ask for requests at the legacy site; a metric that never had any is not listed."""
        cloudwatch, name = context.client("cloudwatch"), context.environment.name
        listed = cloudwatch.list_metrics(
            Namespace=NAMESPACE, MetricName=METRIC, Dimensions=dimensions(name, Site.LEGACY)
        )["Metrics"]
        if not listed:
            yield unknown(
                subject="requests at legacy", message="none has ever arrived", remedy=_REMEDY
            )
            return
        measured = is_measured(
            cloudwatch, environment=name, site=Site.LEGACY, now=datetime.now(UTC)
        )
        yield judged(
            passed=measured,
            subject="requests at legacy",
            message="arrive" if measured else f"none arrived for {MINUTES} minutes",
            remedy=_REMEDY,
        )


PROBE: Probe[DoctorContext] = FiguresOfTheDataCentre()
