"""Doing the same on both sides at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from app.migration.verify.session import Side

Found = TypeVar("Found")


def both(look: Callable[[Side], Found]) -> dict[Side, Found]:
    """Call for both sides at the same time; what one raises is raised when both have ended."""
    with ThreadPoolExecutor(max_workers=len(Side)) as pool:
        return dict(zip(Side, pool.map(look, Side), strict=True))
