"""The one way in which adapters change moto."""

from __future__ import annotations

from typing import Any


def replace(owner: object, name: str, new: object) -> Any:  # noqa: ANN401 - whatever moto had there
    """Put `new` in the place of an attribute of moto and return what was there.

    Raises AttributeError when this version of moto has no such attribute, so that an upgrade
    fails at the start of the process and not in the middle of a rehearsal.
    """
    original = getattr(owner, name)
    setattr(owner, name, new)
    return original


def add(owner: object, name: str, new: object) -> None:
    """Give moto something that it lacks; one that it has learned meanwhile stays."""
    if not hasattr(owner, name):
        setattr(owner, name, new)
