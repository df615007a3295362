"""PostgreSQL's own logical replication, in both directions, of which one rests.

PostgreSQL 14 cannot tell a subscriber's own rows from applied ones, so loops are made impossible
by construction: exactly one data subscription is enabled, the resting slot is moved past all that
was applied before its site became the writer, its reader asks for nothing older, and the accepting
writer refuses replicated rows.
"""

from __future__ import annotations

from app.errors import DatabaseFailed
from app.migration import markers
from app.migration.deadline import Deadline
from app.migration.replication import catalog
from app.migration.replication.base import Sessions
from app.migration.replication.direction import Direction
from app.migration.sites import Site

TURN_SECONDS = 30.0


class LogicalReplication:
    """Two data subscriptions and two probes between the sites; see `install` for making them."""

    def problems(self, *, sessions: Sessions, writer: Site, deadline: Deadline) -> tuple[str, ...]:
        """Return what stands in the way of moving the writer away; empty when nothing does.

        A reader that lost its source in a crash comes back by itself: it has until the deadline.
        """
        away = Direction(writer)
        found = [
            *self._definition_problems(sessions, direction=away, enabled=True),
            *self._definition_problems(sessions, direction=away.opposite, enabled=False),
        ]
        level = sessions[away.target].execute("SHOW wal_level").fetchone()
        if level is None or level[0] != "logical":
            found.append(f"{away.target} has wal_level {level and level[0]}, not logical")
        if not found:
            slot = catalog.wait_while(
                sessions[away.source], name=away.data, active=False, deadline=deadline
            )
            if slot is None or not slot.active:
                found.append(f"nobody reads replication slot {away.data} at {away.source}")
        return tuple(found)

    def ready_way_back(
        self, *, sessions: Sessions, writer: Site, at_most_bytes: int | None = None
    ) -> bool:
        """Move the resting slot towards the end of its site's log."""
        back = Direction(writer).opposite
        return catalog.advance_if_resting(
            sessions[back.source], name=back.data, at_most_bytes=at_most_bytes
        )

    def turn(self, *, sessions: Sessions, writer: Site, position: str | None) -> None:
        """Stop what flows towards the writer, then start what flows away from it, in this order."""
        if position is None:
            return
        away = Direction(writer)
        back = away.opposite
        incoming, outgoing = self._enabled(sessions, back), self._enabled(sessions, away)
        if outgoing and not incoming:
            return
        if incoming:
            catalog.disable(sessions[back.target], name=back.data)
            # An idle worker looks at its subscription once a second, or when something arrives.
            markers.leave(sessions[back.source], table=back.marker_table)
        deadline = Deadline(seconds=TURN_SECONDS)
        catalog.wait_for_slot(
            sessions[back.source], name=back.data, active=False, deadline=deadline
        )
        catalog.advance(sessions[away.source], name=away.data, position=position)
        catalog.ask_from(sessions[away.target], name=away.data, position=position)
        catalog.enable(sessions[away.target], name=away.data)
        catalog.wait_for_slot(sessions[away.source], name=away.data, active=True, deadline=deadline)

    @staticmethod
    def _enabled(sessions: Sessions, direction: Direction) -> bool:
        enabled = catalog.subscription_enabled(sessions[direction.target], name=direction.data)
        if enabled is None:
            raise DatabaseFailed(
                f"Subscription {direction.data} is missing at {direction.target}.",
                remedy="Install the replication before moving the writer.",
            )
        return enabled

    @staticmethod
    def _definition_problems(
        sessions: Sessions, *, direction: Direction, enabled: bool
    ) -> list[str]:
        name, found = direction.data, []
        source, target = sessions[direction.source], sessions[direction.target]
        published = catalog.published_tables(source, publication=name)
        bare = [one for one in catalog.replicated_tables(source) if one not in published]
        if bare:
            found.append(f"publication {name} at {direction.source} lacks {', '.join(bare)}")
        subscribed = catalog.subscription_enabled(target, name=name)
        if subscribed is None:
            found.append(f"subscription {name} is missing at {direction.target}")
        elif subscribed is not enabled:
            state = "disabled" if enabled else "enabled"
            found.append(f"subscription {name} at {direction.target} is {state}")
        else:
            received = catalog.received_tables(target, name=name)
            bare = [one for one in published if not received.get(one)]
            if bare:
                found.append(
                    f"subscription {name} at {direction.target} has not taken {', '.join(bare)}"
                )
        slot = catalog.read_slot(source, name=name)
        if slot is None:
            found.append(f"replication slot {name} is missing at {direction.source}")
        elif slot.lost:
            found.append(f"replication slot {name} at {direction.source} lost its log")
        return found
