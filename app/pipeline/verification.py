"""Which two databases `payshift verify` compares, and how it goes about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import InputError
from app.migration.verify.comparison import compare
from app.migration.verify.progress import Progress
from app.migration.verify.rows import BUSINESS
from app.migration.verify.session import Side
from app.migration.verify.sites import open_drain, site_sources
from app.migration.verify.source import plain_source
from app.pipeline.commands.options import chosen_environment
from app.pipeline.logins import database_logins
from app.pipeline.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer

    from app.migration.sites import Databases
    from app.migration.verify.options import Options
    from app.migration.verify.report import Report
    from app.migration.verify.source import Source


@dataclass(frozen=True, slots=True)
class Places:
    """Both sides. `databases` are those of an environment, whose replication is known."""

    sources: Mapping[Side, Source]
    databases: Databases | None

    @classmethod
    def chosen(
        cls, context: typer.Context, *, environment: str | None, left: str | None, right: str | None
    ) -> Places:
        """Take an environment, or the two places that were named. Raises InputError."""
        if left is None and right is None:
            databases = database_logins(Target.named(chosen_environment(context, environment)))
            return cls(site_sources(databases), databases)
        if left is None or right is None:
            raise InputError("only one side was named", remedy="name both: --left and --right")
        return cls({Side.LEFT: plain_source(left), Side.RIGHT: plain_source(right)}, None)

    @property
    def schemas(self) -> tuple[str, ...] | None:
        """Promise what is compared unless something else is asked for."""
        return None if self.databases is None else BUSINESS


def verified(places: Places, *, options: Options, say: Callable[[str], None]) -> Report:
    """Compare; rows in flight between the sites of an environment are waited for."""
    observer = Progress(say)
    if places.databases is None:
        return compare(places.sources, options=options, observer=observer)
    with open_drain(places.databases) as drain:
        return compare(places.sources, options=options, drain=drain, observer=observer)
