"""The check that rows can travel back, before anybody needs them to."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome
from app.migration.checks.both_sites import both_sites, the_writer
from app.migration.deadline import Deadline
from app.migration.markers import round_trip
from app.migration.replication.direction import Direction

# Waiting a little longer than the limit tells "just over" from "not at all".
PATIENCE_SECONDS = 1.0


class WayBack:
    """A probe is committed at the site that does not write, and awaited at the writer.

    It takes the way that payments would take after a handover: without it there is no way back.
    """

    key = "way_back_seconds"
    unit = "s"
    remedy = "Look at the probe's task or subscription from the site that does not write."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Compare the probe's time on its way with the limit; inconclusive if nobody writes."""
        waited = limit + PATIENCE_SECONDS
        with both_sites(context) as sessions:
            back = Direction(the_writer(sessions)).opposite
            seconds = round_trip(
                sessions=sessions,
                direction=back,
                table=back.probe_table,
                deadline=Deadline(seconds=waited),
            )
        passed = seconds is not None and seconds <= limit
        took = f"did not arrive in {waited:g} s" if seconds is None else f"took {seconds:.3f} s"
        return CheckResult(
            check=self.key,
            outcome=Outcome.PASSED if passed else Outcome.FAILED,
            figure=waited if seconds is None else seconds,
            limit=limit,
            unit=self.unit,
            message=f"a probe from {back.source} to {back.target} {took} (limit {limit:g} s)",
            remedy="" if passed else self.remedy,
        )


CHECK: Check = WayBack()
