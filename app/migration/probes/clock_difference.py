"""Both servers tell the same time, so that payments are dated in the order in which they came."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from app.migration.probes.base import ProbeContext, ProbeResult, judged
from app.migration.sites import Site

if TYPE_CHECKING:
    import psycopg

_TRIES = 3


class ClockDifference:
    """Measures by how much the servers' clocks differ, less than half a round trip off."""

    key = "clock_difference"
    unit = "s"
    limit = 0.5
    remedy = "Look at the time service of both servers."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Ask each server, and take the answer in the middle of its quickest round trip."""
        ahead = {site: _ahead_seconds(context.sessions[site]) for site in Site}
        seconds = abs(ahead[Site.LEGACY] - ahead[Site.AWS])
        found = (f"the clocks of both servers differ by {seconds:.1f} s",)
        return judged(
            self, figure=round(seconds, 3), findings=found if seconds > self.limit else ()
        )


def _ahead_seconds(connection: psycopg.Connection) -> float:
    """Return the server's clock, less this process's monotonic one."""
    measured = []
    for _ in range(_TRIES):
        begun = time.monotonic()
        row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
        ended = time.monotonic()
        told = 0.0 if row is None else float(row[0])
        measured.append((ended - begun, told - (begun + ended) / 2))
    return min(measured)[1]
