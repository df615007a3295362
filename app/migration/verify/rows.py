"""The rows of both sites of the migration, compared while payments go on."""

from __future__ import annotations

from app.migration.sites import Databases
from app.migration.verify.both import both
from app.migration.verify.catalogue import read_tables
from app.migration.verify.comparison import compare
from app.migration.verify.options import Options
from app.migration.verify.report import Report
from app.migration.verify.session import Side, open_session
from app.migration.verify.sites import open_drain, site_sources

BUSINESS = ("payments",)


def compare_rows(databases: Databases, *, most_pages: int | None = None) -> Report | None:
    """Compare every business table; None when a site has more than `most_pages` of 8 KiB.

    Raises DatabaseFailed when a site does not answer, nobody writes, or replication stands still.
    """
    sources = site_sources(databases)

    def pages(side: Side) -> int:
        with open_session(sources[side]) as session:
            return sum(one.pages for one in read_tables(session, schemas=BUSINESS).values())

    with open_drain(databases) as drain:
        if most_pages is not None and max(both(pages).values()) > most_pages:
            return None
        return compare(sources, options=Options(schemas=BUSINESS), drain=drain)


def rows_equal(databases: Databases) -> bool:
    """Tell whether every row of both sites is the same, whatever the size of the tables."""
    report = compare_rows(databases)
    return report is not None and report.equal
