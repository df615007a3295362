"""Putting the engine's schema and the fence into both databases, and verifying them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from app.errors import DatabaseFailed, HandoverRefused
from app.migration.connection import connect
from app.migration.fence import read_writer
from app.migration.schema import prepare, unfenced_tables
from app.migration.sites import Databases, Site
from app.pipeline.report import Progress

_EVENT_TRIGGER = "SELECT FROM pg_event_trigger WHERE evtname = 'payshift_new_tables'"
_FENCED = "SELECT count(*) FROM payshift.replicated_tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One site: how many tables are fenced, and whether later ones will be by themselves."""

    site: Site
    tables: int
    later_tables: bool

    def as_record(self) -> Mapping[str, Any]:
        """Return plain values."""
        return {"site": self.site.value, "tables": self.tables, "later_tables": self.later_tables}

    def __str__(self) -> str:
        later = "are fenced too" if self.later_tables else "need this command again"
        return f"{self.site}: {self.tables} tables are fenced; later ones {later}"


def prepare_both(
    databases: Databases, *, replicators: Mapping[Site, str], progress: Progress
) -> tuple[Prepared, ...]:
    """Prepare both databases; what is there and right is not touched.

    Raises HandoverRefused when a table is left without the fence, DatabaseFailed.
    """
    writer = _known_writer(databases)
    done = []
    for site in Site:
        progress(f"preparing {site}")
        done.append(_prepare(databases, site=site, writer=writer, replicator=replicators[site]))
    return tuple(done)


def _prepare(databases: Databases, *, site: Site, writer: Site, replicator: str) -> Prepared:
    try:
        with connect(databases[site], application_name="payshift-prepare") as connection:
            prepare(connection, site=site, writer=writer, replicators=(replicator,))
            bare = unfenced_tables(connection)
            if bare:
                raise HandoverRefused(
                    f"The fence could not be put on {', '.join(bare)} at {site}.",
                    remedy="See who owns these tables; the engine's login must be allowed to.",
                )
            row = connection.execute(_FENCED).fetchone()
            later = connection.execute(_EVENT_TRIGGER).fetchone() is not None
    except psycopg.errors.LockNotAvailable as error:
        raise DatabaseFailed(
            f"A table at {site} is locked by somebody else: {error}",
            remedy="Wait for them, or end them, and run this again; it goes on where it stopped.",
        ) from error
    except psycopg.Error as error:
        raise DatabaseFailed(
            f"{site} could not be prepared: {error}", remedy="Mend this and run it again."
        ) from error
    return Prepared(site=site, tables=int(row[0]) if row else 0, later_tables=later)


def _known_writer(databases: Databases) -> Site:
    """Return who writes by what either database knows; legacy, where all begins, if none does.

    A database that was made anew must not believe that it begins again.
    """
    known = []
    for site in Site:
        with connect(databases[site], application_name="payshift-prepare") as connection:
            try:
                known.append(read_writer(connection))
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                continue
            except psycopg.Error as error:
                raise DatabaseFailed(f"{site} does not say who writes: {error}") from error
    return max(known, key=lambda state: state.epoch).writer if known else Site.LEGACY
