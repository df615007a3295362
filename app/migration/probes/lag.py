"""The other site is close behind: a row shows how long a handover would wait for it."""

from __future__ import annotations

import time

from app.migration.markers import round_trip
from app.migration.probes.base import ProbeContext, ProbeResult, judged

POLL_SECONDS = 0.05


class Lag:
    """Measures the seconds from a commit at the writer to its visibility at the other site."""

    key = "replication_lag"
    unit = "s"
    limit = 1.0
    remedy = "Look at the replication: its reader's log, long transactions, load of the target."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Take a calm moment at once, and a tolerable one when no calmer one comes."""
        away, patience = context.away, context.patience
        deadline = context.deadline.within(seconds=patience.waiting)
        while True:
            seconds = round_trip(
                sessions=context.sessions,
                direction=away,
                table=away.marker_table,
                deadline=deadline,
            )
            if seconds is not None and seconds <= patience.calm_lag:
                return self._result(context, seconds, findings=())
            if deadline.passed:
                if seconds is not None and seconds <= patience.tolerable_lag:
                    return self._result(context, seconds, findings=())
                lag = f"{patience.waiting:.0f} s or more" if seconds is None else f"{seconds:.2f} s"
                return self._result(context, seconds, findings=(f"{away.target} is {lag} behind",))
            time.sleep(POLL_SECONDS)

    def _result(
        self, context: ProbeContext, seconds: float | None, *, findings: tuple[str, ...]
    ) -> ProbeResult:
        figure = None if seconds is None else round(seconds, 4)
        limit = context.patience.tolerable_lag
        return judged(self, figure=figure, findings=findings, limit=limit)
