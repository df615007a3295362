"""Which two databases `payshift verify` compares: the sites of an environment, or any two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import InputError
from app.migration.verify.aspect import Aspect
from app.migration.verify.rows import BUSINESS
from app.migration.verify.session import Side
from app.migration.verify.sites import site_sources
from app.migration.verify.source import plain_source
from app.pipeline.commands.options import chosen_environment
from app.pipeline.logins import engine_logins
from app.pipeline.target import Target

if TYPE_CHECKING:
    import typer

    from app.migration.sites import Databases
    from app.migration.verify.options import Options
    from app.migration.verify.source import Source


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

    def aspects(self, options: Options) -> tuple[Aspect, ...]:
        """Return what is compared unless something else is asked for.

        Single tables are compared by their rows. Money is known of an environment's payments.
        """
        if options.tables:
            return (Aspect.ROWS,)
        if self.databases is None or not set(BUSINESS) <= set(options.schemas or ()):
            return (Aspect.SCHEMAS, Aspect.ROWS)
        return tuple(Aspect)
