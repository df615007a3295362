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


def compare_rows(databases: Databases) -> Report:
    """Compare every business table.

    Raises DatabaseFailed when a site does not answer, nobody writes, or replication stands still.
    """
    with open_drain(databases) as drain:
        return compare(site_sources(databases), options=Options(schemas=BUSINESS), drain=drain)


def business_pages(databases: Databases) -> int:
    """Return the pages of 8 KiB of the larger site's business tables. Raises DatabaseFailed."""
    sources = site_sources(databases)

    def pages(side: Side) -> int:
        with open_session(sources[side]) as session:
            return sum(one.pages for one in read_tables(session, schemas=BUSINESS).values())

    return max(both(pages).values())


def rows_equal(databases: Databases) -> bool:
    """Tell whether every row of both sites is the same, whatever the size of the tables."""
    return compare_rows(databases).equal
