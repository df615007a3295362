"""The check that both databases know the same writer since the same epoch."""

from __future__ import annotations

from app.errors import DatabaseFailed
from app.migration.checks.base import Check, CheckContext, CheckResult
from app.migration.checks.both_sites import both_sites, judge_faults
from app.migration.fence import WriterState, read_writer
from app.migration.sites import Site


class WriterEpoch:
    """One site accepts writes, and the other one agrees on who that is and since which epoch."""

    key = "writer_epoch_agrees"
    unit = "disagreements"
    remedy = "Run `payshift status`; running the last handover again makes both agree."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Count the disagreements; inconclusive while nobody writes, as in a handover's pause.

        The limit (`true` in a gate) means that there may be none.
        """
        with both_sites(context) as sessions:
            states = {site: read_writer(sessions[site]) for site in Site}
        if not any(state.accepting for state in states.values()):
            raise DatabaseFailed(
                "No site accepts writes.", remedy="Finish the handover that is going on."
            )
        legacy = states[Site.LEGACY]
        return judge_faults(
            self,
            faults=_disagreements(states),
            limit=limit,
            agreed=f"{legacy.writer} writes since epoch {legacy.epoch}, by both databases",
            forbidden=True,
        )


def _disagreements(states: dict[Site, WriterState]) -> list[str]:
    legacy, aws = states[Site.LEGACY], states[Site.AWS]
    found = [
        f"the database that should be {site} says that it is {state.site}"
        for site, state in states.items()
        if state.site is not site
    ]
    if legacy.accepting and aws.accepting:
        found.append("both sites accept writes")
    if legacy.writer is not aws.writer:
        found.append(f"legacy says that {legacy.writer} writes, aws says {aws.writer}")
    if legacy.epoch != aws.epoch:
        found.append(f"legacy is in epoch {legacy.epoch}, aws in {aws.epoch}")
    return found


CHECK: Check = WriterEpoch()
