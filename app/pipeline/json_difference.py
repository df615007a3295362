"""Where a JSON document differs from what is expected of it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

SHOWN = 3
_NOTHING: tuple[Any, ...] = (None, "", [], {})


def json_differences(
    found: Any,  # noqa: ANN401  # what JSON can hold
    meant: Any,  # noqa: ANN401  # as above
    *,
    at: str,
) -> Iterator[str]:
    """Yield `<place> is <found>, not <meant>` for each value that `meant` names and `found` lacks.

    Keys that only `found` has are passed over: services fill in their defaults. What is empty
    equals what is absent. `at` is the place of the document itself.
    """
    if isinstance(meant, Mapping) and isinstance(found, Mapping):
        for name in meant:
            yield from json_differences(found.get(name), meant[name], at=f"{at}.{name}")
    elif isinstance(meant, list) and isinstance(found, list):
        if len(found) != len(meant):
            yield f"{at} has {len(found)} entries, not {len(meant)}"
            return
        for number, (one, other) in enumerate(zip(found, meant, strict=True)):
            yield from json_differences(one, other, at=f"{at}[{number}]")
    elif found != meant and not (found in _NOTHING and meant in _NOTHING):
        yield f"{at} is {found}, not {meant}"


def listed(differences: Iterator[str]) -> str:
    """Return the first of them and how many more there are; empty when there is none."""
    first, *others = [*differences] or [""]
    shown, more = [first, *others[: SHOWN - 1]], len(others) - (SHOWN - 1)
    return ", ".join(shown) + (f", and {more} more" if more > 0 else "")
