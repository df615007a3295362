"""Who writes, and how handovers stand, for people and for the API of the rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from app.errors import DatabaseFailed
from app.migration import journal
from app.migration.connection import DatabaseSettings, connect
from app.migration.fence import WriterState, read_writer
from app.migration.sites import Databases, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverStatus:
    """What each reachable site says. `writer` is None when no site, or more than one, accepts."""

    writer: Site | None
    epoch: int
    sites: Mapping[Site, WriterState]
    unreachable: tuple[Site, ...]
    handovers: tuple[Mapping[str, Any], ...]

    @property
    def accepting(self) -> tuple[Site, ...]:
        """Promise every site that accepts writes; anything but one is wrong."""
        return tuple(site for site, state in self.sites.items() if state.accepting)

    def as_record(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "writer": self.writer and self.writer.value,
            "epoch": self.epoch,
            "accepting": [site.value for site in self.accepting],
            "unreachable": [site.value for site in self.unreachable],
            "handovers": [dict(record) for record in self.handovers],
        }


def status(databases: Databases) -> HandoverStatus:
    """Ask every database; one that does not answer is listed as unreachable."""
    states: dict[Site, WriterState] = {}
    handovers: dict[int, Mapping[str, Any]] = {}
    for site in Site:
        try:
            states[site], records = _ask(databases[site])
        except (DatabaseFailed, psycopg.Error):
            continue
        handovers.update({int(record["epoch"]): record for record in records})
    accepting = [site for site, state in states.items() if state.accepting]
    return HandoverStatus(
        writer=accepting[0] if len(accepting) == 1 else None,
        epoch=max((state.epoch for state in states.values()), default=0),
        sites=states,
        unreachable=tuple(site for site in Site if site not in states),
        handovers=tuple(record for _, record in sorted(handovers.items())),
    )


def _ask(settings: DatabaseSettings) -> tuple[WriterState, list[dict[str, Any]]]:
    with connect(settings, application_name="payshift-status") as connection:
        return read_writer(connection), journal.read_handovers(connection)
