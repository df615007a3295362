"""What `payshift handover` does, one function an option; each returns what is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.migration import abort as engine_abort
from app.migration.answers import insist_on_writer
from app.migration.handover import Handover
from app.migration.handover_result import HandoverResult
from app.migration.probes import ProbeResult
from app.migration.run_ids import newest_known, sorted_after
from app.migration.sites import Site
from app.migration.status import HandoverStatus, status
from app.pipeline.evidence import new_run_id
from app.pipeline.handover.carrier import carrier
from app.pipeline.handover.interruption import Interruption
from app.pipeline.handover.preparation import prepare_both
from app.pipeline.logins import engine_logins, replication_user
from app.pipeline.report import Progress
from app.pipeline.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to print, for programs and for people, and whether the answer is yes."""

    data: Any
    lines: Sequence[str]
    yes: bool = True


def move(target: Target, *, to: Site, deadline_seconds: float, progress: Progress) -> Answer:
    """Make `to` the writer, or finish what a run before has left half done.

    Raises HandoverRefused when another site writes in the end.
    """
    databases = engine_logins(target)
    run_id = sorted_after(new_run_id(), newest_known(databases))
    interruption = Interruption(progress=progress)
    engine = Handover(
        databases=databases,
        replication=carrier(target.environment),
        observer=interruption.observe,
    )
    progress(f"run {run_id}: {to} shall write")
    try:
        with interruption.watching():
            result = engine.run(to=to, run_id=run_id, deadline_seconds=deadline_seconds)
    except KeyboardInterrupt:
        progress(standing_line(status(databases)))
        raise
    insist_on_writer(result, databases)
    return Answer(data=result.as_record(), lines=[_moved(result)])


def dry_run(target: Target, *, to: Site, deadline_seconds: float, progress: Progress) -> Answer:
    """Measure what would be measured, and move nothing."""
    progress(f"measuring what moving the writer to {to} needs")
    engine = Handover(databases=engine_logins(target), replication=carrier(target.environment))
    results = engine.inspect(to=to, deadline_seconds=deadline_seconds)
    ready = all(one.passed for one in results)
    return Answer(
        data={"to": to.value, "ready": ready, "probes": [one.as_record() for one in results]},
        lines=[*map(str, results), _verdict(results, to=to, ready=ready)],
        yes=ready,
    )


def prepare(target: Target, *, progress: Progress) -> Answer:
    """Put the fence into both databases."""
    replicators = {site: replication_user(target, site) for site in Site}
    done = prepare_both(engine_logins(target), replicators=replicators, progress=progress)
    return Answer(data=[one.as_record() for one in done], lines=[str(one) for one in done])


def abort(target: Target, *, deadline_seconds: float) -> Answer:
    """Stop a handover that goes on, and take back one that died."""
    result = engine_abort.abort(
        engine_logins(target), run_id=new_run_id(), deadline_seconds=deadline_seconds
    )
    done = "the fence was taken back" if result.taken_back else "nothing was half done"
    if result.too_late:
        done = f"too late: go back with payshift handover --to {result.writer.other}"
    line = f"{result.writer} writes in epoch {result.epoch}; {done}"
    return Answer(data=result.as_record(), lines=[line], yes=not result.too_late)


def show_status(target: Target) -> Answer:
    """Tell who writes, and every handover that was completed."""
    told = status(engine_logins(target))
    lines = [
        f"{one['run_id']}: {one['from']} to {one['to']}, epoch {one['epoch']}, "
        f"pause {one['pause_ms']:.1f} ms"
        for one in told.handovers
    ]
    return Answer(
        data=told.as_record(),
        lines=[*lines, standing_line(told)],
        yes=told.writer is not None and not told.unreachable,
    )


def standing_line(told: HandoverStatus) -> str:
    """Say who writes, and what to do when that is not one site."""
    away = "".join(f"; {site} cannot be reached" for site in told.unreachable)
    if told.writer is not None:
        return f"{told.writer} writes in epoch {told.epoch}{away}"
    if told.accepting:
        return "both sites accept writes: stop one side's clients and compare the databases"
    last = max(
        (state for state in told.sites.values() if state.writer is state.site),
        key=lambda state: state.epoch,
        default=None,
    )
    if away or last is None:
        return f"no site that could be asked accepts writes{away}"
    return (
        f"nobody writes: payshift handover --to {last.site.other} goes on, "
        f"payshift handover --abort lets {last.site} write again"
    )


def _moved(result: HandoverResult) -> str:
    if not result.changed:
        return f"{result.to} writes in epoch {result.epoch}; nothing was moved"
    return (
        f"{result.to} writes in epoch {result.epoch}; nobody wrote for {result.pause_ms:.1f} ms "
        f"(fence {result.fence_ms:.1f}, drain {result.drain_ms:.1f})"
    )


def _verdict(results: Sequence[ProbeResult], *, to: Site, ready: bool) -> str:
    if not results:
        return f"{to} writes already"
    return f"the writer can be moved to {to}" if ready else f"the writer cannot be moved to {to}"
