"""Rows that differed are looked at again, so that rows in flight are not called different."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.migration.verify.both import both
from app.migration.verify.lookup import hashes
from app.migration.verify.session import Side

if TYPE_CHECKING:
    from app.migration.verify.descent import Key, Sessions
    from app.migration.verify.pairing import TablePlan

LOOKS = 5


class Drain(Protocol):
    """Waits until one side has everything that the other had committed when it was asked."""

    @property
    def source(self) -> Side:
        """Promise the side that rows come from."""
        ...

    def wait(self) -> None:
        """Return when it is so. Raises DatabaseFailed when that takes too long."""
        ...


@dataclass(frozen=True, slots=True)
class Settled:
    """Rows that stayed different, and rows that changed at the source at every look."""

    different: frozenset[Key]
    restless: frozenset[Key]


def settle(
    sessions: Sessions, *, plan: TablePlan, keys: Collection[Key], drain: Drain | None
) -> Settled:
    """Look at the rows until each is equal, or different though everything had arrived.

    A row is different only if it was the same at the source before and after the wait and yet
    another at the target between. Without a drain the databases stand still: one look decides.
    """
    pending = sorted(keys)
    if drain is None:
        now = both(lambda side: hashes(sessions[side], plan=plan, side=side, keys=pending))
        left, right = now[Side.LEFT], now[Side.RIGHT]
        return Settled(
            frozenset(key for key in pending if left.get(key) != right.get(key)), frozenset()
        )
    different: set[Key] = set()
    source, target = drain.source, drain.source.other
    for _ in range(LOOKS):
        if not pending:
            break
        before = hashes(sessions[source], plan=plan, side=source, keys=pending)
        drain.wait()
        arrived = hashes(sessions[target], plan=plan, side=target, keys=pending)
        after = hashes(sessions[source], plan=plan, side=source, keys=pending)
        pending = [key for key in pending if arrived.get(key) != after.get(key)]
        stayed = {key for key in pending if before.get(key) == after.get(key)}
        different |= stayed
        pending = [key for key in pending if key not in stayed]
    return Settled(frozenset(different), frozenset(pending))
