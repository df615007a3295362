"""The way back is open: a row goes it before the way forward may be taken."""

from __future__ import annotations

from app.migration.markers import round_trip
from app.migration.probes.base import ProbeContext, ProbeResult, judged


class WayBack:
    """Measures how long a row takes from the next writer to the present one."""

    key = "way_back"
    unit = "s"
    limit = 5.0
    remedy = "Look at the reverse probe's reader and at the log of the server that it writes to."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Send a row and wait for it."""
        back = context.away.opposite
        seconds = round_trip(
            sessions=context.sessions,
            direction=back,
            table=back.probe_table,
            deadline=context.deadline.within(seconds=context.patience.probe),
        )
        found = (f"a probe from {back.source} to {back.target} did not arrive: no way back",)
        return judged(
            self,
            figure=None if seconds is None else round(seconds, 4),
            findings=found if seconds is None else (),
            limit=context.patience.probe,
        )
