"""Which two databases `payshift verify` compares, and how it goes about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import InputError
from app.migration.verify.comparison import compare
from app.migration.verify.pace import Pace
from app.migration.verify.progress import PAGE_BYTES, Progress
from app.migration.verify.rows import BUSINESS
from app.migration.verify.session import Side
from app.migration.verify.sites import SIDES, SiteDrain, open_drain, require_fenced, site_sources
from app.migration.verify.source import plain_source
from app.pipeline.commands.options import chosen_environment
from app.pipeline.helpers import Helpers
from app.pipeline.logins import engine_logins
from app.pipeline.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer

    from app.migration.sites import Databases
    from app.migration.verify.options import Options
    from app.migration.verify.report import Report
    from app.migration.verify.source import Source

FENCED = "fenced"
_CHUNK_SECONDS = 2.0  # between two looks at a limited rate


@dataclass(frozen=True, slots=True)
class Places:
    """Both sides. `databases` are those of an environment, whose replication is known."""

    sources: Mapping[Side, Source]
    databases: Databases | None
    target: Target | None = None

    @classmethod
    def chosen(
        cls, context: typer.Context, *, environment: str | None, left: str | None, right: str | None
    ) -> Places:
        """Take an environment, or the two places that were named. Raises InputError."""
        if left is None and right is None:
            target = Target.named(chosen_environment(context, environment))
            databases = engine_logins(target)
            return cls(site_sources(databases), databases, target)
        if left is None or right is None:
            raise InputError("only one side was named", remedy="name both: --left and --right")
        return cls({Side.LEFT: plain_source(left), Side.RIGHT: plain_source(right)}, None)

    @property
    def schemas(self) -> tuple[str, ...] | None:
        """Promise what is compared unless something else is asked for."""
        return None if self.databases is None else BUSINESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked on the command line. `snapshot` is `fenced`, or two names with a comma.

    `help` says who reads besides this process.
    """

    options: Options
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
        exported = None if self.snapshot == FENCED else _exported(self.snapshot)
        return replace(options, still=True, exported=exported)


def verified(places: Places, wish: Wish, *, say: Callable[[str], None]) -> Report:
    """Compare; rows in flight between the sites of an environment are waited for."""
    if places.databases is None:
        if wish.snapshot == FENCED or wish.seconds_behind is not None:
            raise InputError(
                "fence and lag are known of the sites of an environment alone",
                remedy="leave out --snapshot fenced and --max-seconds-behind",
            )
        return _compared(places, wish, drain=None, target=Side.RIGHT, say=say)
    if wish.snapshot is not None:
        if wish.snapshot == FENCED:
            writer = require_fenced(places.databases)
            return _compared(places, wish, drain=None, target=SIDES[writer.other], say=say)
        return _compared(places, wish, drain=None, target=Side.RIGHT, say=say)
    with open_drain(places.databases) as drain:
        return _compared(places, wish, drain=drain, target=drain.source.other, say=say)


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
        places.sources, places.target, options=options, bytes_a_second=rate, lags=lags, say=say
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


def _exported(names: str) -> dict[Side, str]:
    left, comma, right = names.partition(",")
    if not (left and comma and right):
        raise InputError(
            f"{names} is not a snapshot", remedy="write fenced, or two names: LEFT,RIGHT"
        )
    return {Side.LEFT: left, Side.RIGHT: right}
