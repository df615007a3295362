"""What must hold before writes are stopped: fence, both ways, no stragglers, sequences ahead."""

from __future__ import annotations

from app.errors import HandoverRefused
from app.migration.deadline import Deadline
from app.migration.probes import MOVING, RESTING, Patience, ProbeContext, ProbeResult
from app.migration.replication.base import Pace, Replication, Sessions
from app.migration.sites import Site

# A marker that takes longer than this would make the pause long: wait a while for a calmer moment,
# and refuse when the moment does not come.
CALM_LAG_SECONDS = 0.1
TOLERABLE_LAG_SECONDS = 1.0
PATIENCE_SECONDS = 10.0
PROBE_SECONDS = 5.0
LONG_TRANSACTION_SECONDS = 1.0


def preflight(
    *, sessions: Sessions, writer: Site, replication: Replication, deadline: Deadline
) -> tuple[ProbeResult, ...]:
    """Return every figure; raise HandoverRefused, with every reason, if the writer must stay.

    Prepares the other site on the way: sequences ahead, the way back brought close. Changes
    nothing that clients could notice.
    """
    results = inspect(sessions=sessions, writer=writer, replication=replication, deadline=deadline)
    failed = [result for result in results if not result.passed]
    if failed:
        reasons = "; ".join(finding for result in failed for finding in result.findings)
        remedies = " ".join(dict.fromkeys(result.remedy for result in failed))
        raise HandoverRefused(
            f"The writer cannot be moved from {writer} to {writer.other}: {reasons}.",
            remedy=f"{remedies} Then start again; nothing was changed.",
        )
    return results


def inspect(
    *, sessions: Sessions, writer: Site, replication: Replication, deadline: Deadline
) -> tuple[ProbeResult, ...]:
    """Return what every probe measured, whatever it was.

    Those that send rows are left out when the definitions are wrong: they could only time out.
    """
    context = ProbeContext(
        sessions=sessions,
        writer=writer,
        replication=replication,
        deadline=deadline,
        patience=patience_of(replication),
    )
    results = [probe.run(context) for probe in RESTING]
    if all(result.passed for result in results):
        replication.ready_way_back(sessions=sessions, writer=writer)
        results += [probe.run(context) for probe in MOVING]
    return tuple(results)


def patience_of(replication: Replication) -> Patience:
    """Return how long probes wait for what this replication carries."""
    pace = Pace.of(replication)
    return Patience(
        waiting=PATIENCE_SECONDS,
        probe=pace.probe_seconds or PROBE_SECONDS,
        transaction=LONG_TRANSACTION_SECONDS,
        calm_lag=pace.calm_lag_seconds or CALM_LAG_SECONDS,
        tolerable_lag=pace.tolerable_lag_seconds or TOLERABLE_LAG_SECONDS,
    )
