"""The schemas of both sites compared: what rows lie in, and the rules that they lie under."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.migration.sites import Site

if TYPE_CHECKING:
    import psycopg

    from app.migration.replication.base import Sessions

BUSINESS = ("payments",)
_SQL = Path(__file__).parent / "sql" / "schema.sql"
# Names are written with their schema then, whatever the role's own search path is.
_PINNED = "SET LOCAL search_path = pg_catalog"

Definitions = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaDifference:
    """An object whose definitions differ; None where a site does not have it."""

    kind: str
    name: str
    legacy: str | None
    aws: str | None

    def __str__(self) -> str:
        """Return one line."""
        legacy, aws = (value or "has none" for value in (self.legacy, self.aws))
        return f"{self.kind} {self.name}: legacy {legacy}, aws {aws}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaReport:
    """How many objects either site has, and those that are not the same at both.

    Kinds are table, view, column, type, index, constraint, trigger, sequence, grant, extension.
    It is empty when neither site has a table.
    """

    compared: int
    differences: tuple[SchemaDifference, ...]
    empty: bool

    @property
    def equal(self) -> bool:
        """Tell whether every object is the same; nothing to compare is never equal."""
        return not self.empty and not self.differences


def compare_schemas(sessions: Sessions, *, schemas: Collection[str] = BUSINESS) -> SchemaReport:
    """Compare every object of the schemas, and the extensions of the databases."""
    with ThreadPoolExecutor(max_workers=len(Site)) as pool:
        legacy, aws = pool.map(
            lambda site: _definitions(sessions[site], schemas), (Site.LEGACY, Site.AWS)
        )
    names = sorted({*legacy, *aws})
    return SchemaReport(
        compared=len(names),
        empty=not any(kind == "table" for kind, _ in names),
        differences=tuple(
            SchemaDifference(
                kind=kind,
                name=name,
                legacy=legacy.get((kind, name)),
                aws=aws.get((kind, name)),
            )
            for kind, name in names
            if legacy.get((kind, name)) != aws.get((kind, name))
        ),
    )


def _definitions(session: psycopg.Connection, schemas: Collection[str]) -> Definitions:
    with session.transaction():
        session.execute(_PINNED)
        rows = session.execute(_SQL.read_bytes(), {"schemas": list(schemas)}).fetchall()
    return {(kind, name): definition or "" for kind, name, definition in rows}
