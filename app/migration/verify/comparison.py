"""Compares two databases: every table one after the other, both sides of it at once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from app.errors import DatabaseFailed
from app.migration.verify.both import both
from app.migration.verify.catalogue import read_tables
from app.migration.verify.checkpoint import Checkpoint, open_checkpoint
from app.migration.verify.descent import differing_keys
from app.migration.verify.detail import differences
from app.migration.verify.encoding import Mode
from app.migration.verify.golden import broken_types
from app.migration.verify.keyless import compare_as_a_whole
from app.migration.verify.pairing import Pairing, TablePlan, pair_tables
from app.migration.verify.passes import begin_pass
from app.migration.verify.repair import repair_statements
from app.migration.verify.report import Report, TableResult
from app.migration.verify.scan import open_team, scan, seeing_the_same
from app.migration.verify.session import Side
from app.migration.verify.settling import Settled, settle
from app.migration.verify.watching import Silent

if TYPE_CHECKING:
    from app.migration.verify.descent import Key, Sessions
    from app.migration.verify.options import Options
    from app.migration.verify.scan import Reading, Team
    from app.migration.verify.settling import Drain
    from app.migration.verify.source import Source
    from app.migration.verify.watching import Observer


def compare(
    sources: Mapping[Side, Source],
    *,
    options: Options,
    drain: Drain | None = None,
    observer: Observer | None = None,
    checkpoint: Path | None = None,
    reading: Reading = scan,
) -> Report:
    """Compare all chosen tables. Raises DatabaseFailed, and InputError for unknown names.

    With a drain the databases may be written to meanwhile. With a checkpoint an interrupted
    comparison goes on where it was; the file is removed at the end. `reading` may have the tables
    read by others (`parts`); the result is the same.
    """
    kept = None if checkpoint is None else open_checkpoint(checkpoint, sources, options=options)
    try:
        with open_team(sources, workers=options.workers) as team:
            report = _Comparison(
                team,
                options=options,
                drain=drain,
                observer=observer,
                checkpoint=kept,
                reading=reading,
            ).run()
    except psycopg.Error as error:
        raise DatabaseFailed(
            f"The databases cannot be compared: {' '.join(str(error).split())}",
            remedy="Run it again; nothing was changed.",
        ) from error
    if kept is not None:
        kept.remove()
    return report


EARLIER = "found equal by an earlier run that was interrupted"


@dataclass(slots=True)
class _Found:
    """What one pass over a table saw."""

    rows: Mapping[Side, int]
    keys: set[Key]
    notes: tuple[str, ...]


class _Comparison:
    def __init__(
        self,
        team: Team,
        *,
        options: Options,
        drain: Drain | None,
        observer: Observer | None,
        checkpoint: Checkpoint | None,
        reading: Reading,
    ) -> None:
        self._checkpoint = checkpoint
        self._reading = reading
        self._team = team
        self._options = options
        self._drain = None if options.still else drain
        self._observer = observer or Silent()
        self._sessions: Sessions = {side: sessions[0] for side, sessions in team.items()}

    def run(self) -> Report:
        """Pair the tables and compare each."""
        mode, broken = self._usable_mode()
        pairing = self._pair(mode, broken)
        self._observer.begin(
            {side: sum(plan.tables[side].pages for plan in pairing.plans) for side in Side}
        )
        return Report(
            mode=mode.value,
            tables=tuple(self._compare(plan) for plan in pairing.plans),
            only=pairing.only,
            by_text=tuple(sorted(broken)) if self._options.mode is Mode.FAST else (),
        )

    def _usable_mode(self) -> tuple[Mode, frozenset[str]]:
        """Trust fast hashes only after both servers have proven them."""
        if self._options.mode is Mode.STRICT:
            return Mode.STRICT, frozenset()
        broken = both(lambda side: broken_types(self._sessions[side]))
        both_broken = broken[Side.LEFT] | broken[Side.RIGHT]
        return (Mode.STRICT if "text" in both_broken else Mode.FAST), both_broken

    def _pair(self, mode: Mode, broken: frozenset[str]) -> Pairing:
        tables = both(lambda side: read_tables(self._sessions[side], schemas=self._options.schemas))
        return pair_tables(
            tables,
            wanted=self._options.tables,
            excluded=self._options.excluded,
            by_text=self._options.by_text,
            mode=mode,
            broken=broken,
        )

    def _compare(self, plan: TablePlan) -> TableResult:
        """Compare one table, unless the checkpoint knows it to be equal."""
        begun = time.monotonic()
        kept = {} if self._checkpoint is None else self._checkpoint.state.finished
        if plan.name in kept and not plan.problems:
            return TableResult(name=plan.name, rows=kept[plan.name], seconds=0.0, notes=(EARLIER,))
        if not plan.key:
            return compare_as_a_whole(self._sessions, plan=plan, drain=self._drain)
        found = self._pass(plan)
        settled = self._settle(plan, found.keys)
        if self._checkpoint is not None:
            equal = not settled.different and not settled.restless
            self._checkpoint.finish(plan.name, dict(found.rows) if equal else None)
        keys = sorted(settled.different)
        repair: tuple[str, ...] = ()
        if self._options.repaired is not None:
            repair = repair_statements(
                self._sessions, plan=plan, keys=keys, side=self._options.repaired
            )
        return TableResult(
            name=plan.name,
            rows=found.rows,
            repair=repair,
            seconds=time.monotonic() - begun,
            different=len(settled.different),
            restless=len(settled.restless),
            in_flight=len(found.keys) - len(settled.different) - len(settled.restless),
            truncated=len(found.keys) >= self._options.most,
            differences=differences(self._sessions, plan=plan, keys=keys[: self._options.shown]),
            problems=plan.problems,
            notes=found.notes,
        )

    def _pass(self, plan: TablePlan) -> _Found:
        with seeing_the_same(self._team, exported=self._options.exported) as horizons:
            one = begin_pass(
                self._sessions,
                plan=plan,
                horizons=horizons,
                pages_a_chunk=self._options.pages_a_chunk,
                observer=self._observer,
                checkpoint=self._checkpoint,
            )
            self._reading(
                self._team,
                plan=plan,
                buckets=one.buckets,
                chunks=one.chunks,
                sums=one.sums,
                watch=one,
            )
            keys = differing_keys(
                self._sessions,
                plan=plan,
                buckets=one.buckets,
                digests=one.sums,
                limit=self._options.most,
                suspected=one.later(self._sessions),
            )
        rows = {side: digest.rows for side, digest in one.sums.items()}
        return _Found(rows, keys, one.notes)

    def _settle(self, plan: TablePlan, keys: set[Key]) -> Settled:
        if not keys or self._options.still:
            return Settled(frozenset(keys), frozenset())
        return settle(self._sessions, plan=plan, keys=keys, drain=self._drain)
