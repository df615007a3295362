"""One site accepts writes, and it is the one that the phase names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from app.migration.checks.metrics import NAMESPACE, PERIOD_SECONDS
from app.pipeline.drift.context import DriftContext
from app.pipeline.probing.base import Line, Probe, judged, unknown

# The handover function measures every minute; CloudWatch may be some minutes late.
WINDOW = timedelta(minutes=15)
_ACCEPTING, _WRITER, _UNREACHABLE = "AcceptingSites", "WriterIsAws", "UnreachableDatabases"


class Writer:
    """What both databases said last, as metrics: a job outside the VPC cannot ask them itself."""

    title = "writer"
    remedy = "Look at the schedule and the log of the handover function: it measures every minute."

    def look(self, context: DriftContext) -> Iterator[Line]:
        """Compare the newest figures with the phase in force."""
        figures = self._newest(context)
        if figures.get(_ACCEPTING) is None:
            minutes = WINDOW.total_seconds() / 60
            message = f"nothing was measured in the last {minutes:.0f} minutes"
            yield unknown(subject=self.title, message=message, remedy=self.remedy)
            return
        accepting = int(figures[_ACCEPTING])
        yield judged(
            passed=accepting == 1,
            subject="sites that accept writes",
            message=f"{accepting} of 2",
            remedy="finish the handover that is under way: payshift deliver",
        )
        if _WRITER in figures:
            wanted, found = context.phase.features.writer, "aws" if figures[_WRITER] else "legacy"
            yield judged(
                passed=found == wanted,
                subject=self.title,
                message=f"{found} writes; {context.phase.name} wants {wanted}",
                remedy="run payshift deliver --again, and read the journal of the handovers",
            )
        unreachable = int(figures.get(_UNREACHABLE, 0))
        yield judged(
            passed=not unreachable,
            subject="databases that do not answer",
            message=str(unreachable),
            remedy="see the runbook: a database does not answer",
        )

    @staticmethod
    def _newest(context: DriftContext) -> dict[str, float]:
        names = (_ACCEPTING, _WRITER, _UNREACHABLE)
        dimensions = [{"Name": "Environment", "Value": context.environment.name}]
        answer = context.client("cloudwatch").get_metric_data(
            MetricDataQueries=[_query(name, dimensions) for name in names],
            StartTime=context.now - WINDOW,
            EndTime=context.now + timedelta(seconds=PERIOD_SECONDS),
            ScanBy="TimestampDescending",
        )
        return {
            names[int(one["Id"][1:])]: float(one["Values"][0])
            for one in answer["MetricDataResults"]
            if one["Values"]
        }


def _query(name: str, dimensions: list[dict[str, str]]) -> dict[str, Any]:
    number = (_ACCEPTING, _WRITER, _UNREACHABLE).index(name)
    metric = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions}
    return {
        "Id": f"m{number}",
        "MetricStat": {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": "Maximum"},
        "ReturnData": True,
    }


PROBE: Probe[DriftContext] = Writer()
