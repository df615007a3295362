"""How `payshift verify` goes about it: schemas first, then the money, then every row."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from app.errors import DatabaseFailed, InputError
from app.migration.standing import read_standing
from app.migration.verify.aspect import Aspect
from app.migration.verify.comparison import compare
from app.migration.verify.money import compare_money
from app.migration.verify.pace import Pace
from app.migration.verify.progress import PAGE_BYTES, Progress
from app.migration.verify.proof import Proof
from app.migration.verify.schemas import EVERYTHING, Kind, compare_schemas
from app.migration.verify.session import Side, open_session, snapshot
from app.migration.verify.sites import SIDES, SiteDrain, open_drain, open_sites, require_fenced
from app.pipeline.helpers import Helpers
from app.pipeline.kept_verdicts import keep_verdicts

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.migration.replication.base import Sessions
    from app.migration.sites import Databases, Site
    from app.migration.verify.money import MoneyReport
    from app.migration.verify.options import Options
    from app.migration.verify.report import Report
    from app.migration.verify.schemas import SchemaReport
    from app.pipeline.compared_places import Places

FENCED = "fenced"
_CHUNK_SECONDS = 2.0  # between two looks at a limited rate
# What the money is asked of is not there: the schemas say why.
_NOT_THERE = psycopg.ProgrammingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked on the command line. `snapshot` is `fenced`, or two names with a comma.

    No `aspects` means all that can be compared; `without` are kinds of definitions to leave out.
    `help` says who reads rows besides this process.
    """

    options: Options
    aspects: tuple[Aspect, ...] = ()
    without: tuple[Kind, ...] = ()
    snapshot: str | None = None
    checkpoint: Path | None = None
    megabytes_a_second: float | None = None
    seconds_behind: float | None = None
    repair: bool = False
    help: Helpers = field(default_factory=Helpers)

    def chosen_options(self, *, target: Side) -> Options:
        """Return the options; `target` is the side that rows are copied to."""
        options = replace(self.options, repaired=target if self.repair else None)
        if self.megabytes_a_second is not None:
            pages = int(self.megabytes_a_second * 1e6 * _CHUNK_SECONDS / PAGE_BYTES)
            options = replace(options, pages_a_chunk=max(1, min(options.pages_a_chunk, pages)))
        if self.snapshot is None:
            return options
        return replace(options, still=True, exported=self.exported)

    @property
    def exported(self) -> dict[Side, str] | None:
        """Promise the names of exported snapshots. Raises InputError."""
        if self.snapshot is None or self.snapshot == FENCED:
            return None
        left, comma, right = self.snapshot.partition(",")
        if not (left and comma and right):
            raise InputError(
                f"{self.snapshot} is not a snapshot",
                remedy="write fenced, or two names: LEFT,RIGHT",
            )
        return {Side.LEFT: left, Side.RIGHT: right}


def verified(places: Places, wish: Wish, *, say: Callable[[str], None]) -> Proof:
    """Compare all aspects; rows in flight between the sites of an environment are waited for.

    What was said of all rows and of the money is kept at both sites, for gates: unless parts of it
    were read by an earlier run, or by snapshots of a moment that nobody knows. Raises InputError
    for what cannot be compared, DatabaseFailed when nothing is known.
    """
    aspects, begun = wish.aspects or places.aspects(wish.options), time.monotonic()
    resumed = wish.checkpoint is not None and wish.checkpoint.exists()
    _require_known(places, wish, aspects)
    waits = wish.seconds_behind is not None
    wish.help.require_possible(wish.options, target=places.target, waits=waits)
    schemas = _schemas(places, wish, say=say) if Aspect.SCHEMAS in aspects else None
    money, unknown = None, ""
    if Aspect.MONEY in aspects and places.databases is not None:
        say("comparing the money")
        try:
            money = _money(places.databases, wish)
        except DatabaseFailed as error:
            if schemas is None or schemas.equal or not isinstance(error.__cause__, _NOT_THERE):
                raise
            unknown = " ".join(error.message.split())
    rows = _rows(places, wish, say=say) if Aspect.ROWS in aspects else None
    proof = Proof(schemas=schemas, money=money, money_unknown=unknown, rows=rows)
    if places.databases is not None and not resumed and wish.snapshot in {None, FENCED}:
        seconds = time.monotonic() - begun
        keep_verdicts(places.databases, proof, options=wish.options, seconds=seconds, say=say)
    return proof


def _require_known(places: Places, wish: Wish, aspects: tuple[Aspect, ...]) -> None:
    if places.databases is not None:
        return
    if wish.snapshot == FENCED or wish.seconds_behind is not None:
        raise InputError(
            "fence and lag are known of the sites of an environment alone",
            remedy="leave out --snapshot fenced and --max-seconds-behind",
        )
    if Aspect.MONEY in aspects:
        raise InputError(
            "whose money two databases hold is known of the sites of an environment alone",
            remedy="leave out --only money",
        )


def _schemas(places: Places, wish: Wish, *, say: Callable[[str], None]) -> SchemaReport:
    say("comparing the schemas")
    ask = partial(
        compare_schemas,
        kinds=EVERYTHING - set(wish.without),
        schemas=wish.options.schemas,
        replicated=wish.options.schemas == places.schemas,
    )
    try:
        if places.databases is not None:
            with open_sites(places.databases) as sites:
                return ask(sites)
        with ExitStack() as stack:
            return ask(
                {
                    side: stack.enter_context(open_session(source))
                    for side, source in places.sources.items()
                }
            )
    except psycopg.Error as error:
        raise DatabaseFailed(
            f"The schemas cannot be compared: {' '.join(str(error).split())}"
        ) from error


def _money(databases: Databases, wish: Wish) -> MoneyReport:
    with open_sites(databases) as sessions, _as_asked(databases, sessions, wish) as fenced:
        return compare_money(sessions, fenced=fenced)


@contextmanager
def _as_asked(databases: Databases, sessions: Sessions, wish: Wish) -> Iterator[Site | None]:
    """Give who wrote last where nobody does; hold the exported snapshots meanwhile."""
    exported = wish.exported
    if exported is None:
        yield require_fenced(databases) if wish.snapshot == FENCED else None
        return
    with ExitStack() as stack:
        last = read_standing(sessions).last
        for site, session in sessions.items():
            stack.enter_context(snapshot(session, imported=exported[SIDES[site]]))
        yield last


def _rows(places: Places, wish: Wish, *, say: Callable[[str], None]) -> Report:
    ask = partial(_compared, places, wish, say=say)
    if places.databases is None:
        return ask(drain=None, target=Side.RIGHT)
    if wish.snapshot == FENCED:
        return ask(drain=None, target=SIDES[require_fenced(places.databases).other])
    if wish.snapshot is not None:
        return ask(drain=None, target=Side.RIGHT)
    with open_drain(places.databases) as drain:
        return ask(drain=drain, target=drain.source.other)


def _compared(
    places: Places,
    wish: Wish,
    *,
    drain: SiteDrain | None,
    target: Side,
    say: Callable[[str], None],
) -> Report:
    lags = None
    limit = wish.seconds_behind
    if drain is not None and limit is not None:
        lags = partial(_lags, drain, limit)
    rate = None if wish.megabytes_a_second is None else wish.megabytes_a_second * 1e6
    options = wish.chosen_options(target=target)
    reading = wish.help.reading(
        places.sources, places.target, options=options, bytes_a_second=rate, say=say
    )
    return compare(
        places.sources,
        options=options,
        drain=drain,
        # Helpers hold themselves back: each is given its share of the rate.
        observer=Pace(Progress(say), most_bytes=None if wish.help else rate, lags=lags),
        checkpoint=wish.checkpoint,
        reading=reading,
    )


def _lags(drain: SiteDrain, limit: float) -> bool:
    return drain.seconds_behind(limit=limit) is None
