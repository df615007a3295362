"""Compares what an apply would do with what was reviewed, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.pipeline.review.effect import UNKNOWN, Change, Leaf, visible

_LONGEST = 120
_ORIGIN = "parameters.FromPhase"


def differences(
    reviewed: Sequence[Change], planned: Sequence[Change], *, finishing: bool = False
) -> tuple[str, ...]:
    """Say how two effects differ, one line each; empty when they lead to the same world.

    `finishing`: the rest of an apply that broke off. It may do less than was reviewed, and mend
    what was left half made, but may set no value and touch no resource that nobody saw.
    """
    before = {change.address: change for change in reviewed}
    after = {change.address: change for change in planned}
    found: list[str] = []
    for address in sorted(before.keys() | after.keys()):
        old, new = before.get(address), after.get(address)
        if old is None and new is not None:
            found.append(f"{address}: {_verb(new)}, which nobody reviewed")
        elif new is None and old is not None and not finishing:
            found.append(f"{address}: {_verb(old)} was reviewed and is no longer to be done")
        elif old is not None and new is not None:
            found.extend(_of_one(old, new, finishing=finishing))
    return tuple(found)


def without_origin(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Leave out from which phase a phase's stacks are told that production comes."""
    return tuple(
        change.model_copy(
            update={"values": {key: one for key, one in change.values.items() if key != _ORIGIN}}
        )
        for change in changes
    )


def _of_one(old: Change, new: Change, *, finishing: bool) -> Iterator[str]:
    if old.actions != new.actions and not finishing:
        yield f"{new.address}: {_verb(new)} instead of {_verb(old)}"
    for path in sorted(old.values.keys() | new.values.keys()):
        was, now = old.values.get(path), new.values.get(path)
        if now is None:
            if was is not None and not finishing:
                yield f"{new.address}: {path} would no longer become {_short(was.after)}"
        elif was is None:
            # What is half made is made anew, with values that AWS will choose.
            if not (finishing and now.after == UNKNOWN):
                yield f"{new.address}: {path} becomes {_short(now.after)}, which nobody reviewed"
        elif was.after != now.after:
            yield (
                f"{new.address}: {path} becomes {_short(now.after)}, "
                f"reviewed was {_short(was.after)}"
            )


def _verb(change: Change) -> str:
    return " and ".join(change.actions)


def _short(value: Leaf) -> str:
    text = visible(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
