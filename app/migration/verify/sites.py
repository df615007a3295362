"""The two sites of the migration as the two sides of a comparison: legacy left, aws right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

from app.errors import DatabaseFailed, InputError
from app.migration.connection import connect
from app.migration.deadline import Deadline
from app.migration.fence import the_writer
from app.migration.markers import round_trip, wait_for_everything
from app.migration.replication.direction import Direction
from app.migration.sites import Databases, Site
from app.migration.standing import read_standing
from app.migration.verify.session import APPLICATION_NAME, NO_ROW_SECURITY, Side
from app.migration.verify.source import SiteSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.migration.replication.base import Sessions

DRAIN_SECONDS = 30.0
SIDES: Mapping[Site, Side] = MappingProxyType({Site.LEGACY: Side.LEFT, Site.AWS: Side.RIGHT})


def site_sources(databases: Databases) -> dict[Side, SiteSource]:
    """Return the sites' databases as the engine's login sees them."""
    return {SIDES[site]: SiteSource(site.value, databases[site]) for site in Site}


@contextmanager
def open_sites(databases: Databases) -> Iterator[Sessions]:
    """Open a session at each site, from which no rule of row security hides a row."""
    with (
        connect(databases[Site.LEGACY], application_name=APPLICATION_NAME) as legacy,
        connect(databases[Site.AWS], application_name=APPLICATION_NAME) as aws,
    ):
        for session in (legacy, aws):
            session.execute(NO_ROW_SECURITY)
        yield {Site.LEGACY: legacy, Site.AWS: aws}


@contextmanager
def open_drain(databases: Databases) -> Iterator[SiteDrain]:
    """Give the way to wait for replication from the site that writes now.

    Raises DatabaseFailed when not exactly one site accepts writes.
    """
    with open_sites(databases) as sessions:
        yield SiteDrain(sessions, writer=the_writer(sessions))


def require_fenced(databases: Databases) -> Site:
    """Return the last writer when nobody accepts writes and all it wrote has arrived.

    Raises InputError when a site still accepts, DatabaseFailed when replication stands still.
    """
    with open_sites(databases) as sessions:
        standing = read_standing(sessions)
        if standing.accepting:
            raise InputError(
                f"{standing.last} accepts writes: the databases are not fenced",
                remedy="leave out --snapshot: rows in flight are looked at again",
            )
        away = Direction(standing.last)
        wait_for_everything(sessions=sessions, away=away, seconds=DRAIN_SECONDS)
        return standing.last


class SiteDrain:
    """Waits by a row that is committed at the writer and awaited at the other site."""

    def __init__(self, sessions: Sessions, *, writer: Site) -> None:
        self._sessions = sessions
        self._away = Direction(writer)

    @property
    def source(self) -> Side:
        """Promise the writer's side."""
        return SIDES[self._away.source]

    def wait(self) -> None:
        """Return when the other site has everything.

        Raises DatabaseFailed when that takes longer than 30 s, or when the writer is another one.
        """
        self._require_same_writer()
        wait_for_everything(sessions=self._sessions, away=self._away, seconds=DRAIN_SECONDS)

    def seconds_behind(self, *, limit: float) -> float | None:
        """Measure how far the other site is behind; None when that is more than the limit."""
        self._require_same_writer()
        return round_trip(
            sessions=self._sessions,
            direction=self._away,
            table=self._away.marker_table,
            deadline=Deadline(seconds=limit),
        )

    def _require_same_writer(self) -> None:
        if the_writer(self._sessions) is not self._away.source:
            raise DatabaseFailed(
                "The writer was changed during the comparison.", remedy="Run it again."
            )
