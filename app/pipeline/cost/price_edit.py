"""Changes figures in the price list in place, so that comments, order and sources stay."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from app.config.base import KeyPath
from app.config.loading import read_settings
from app.config.yaml_located import Located
from app.pipeline.cost.prices import GLOBAL, PriceList

_SCALAR = re.compile(r"[^\s#]+")


def rewrite(file: Path, figures: Mapping[str, Decimal], *, region: str, today: date) -> None:
    """Write the figures of some keys with region and day; the file changes whole or not at all.

    What was assumed is published from then on, and the note with the assumption goes.
    """
    located, prices = read_settings(file, PriceList)
    lines = file.read_text(encoding="utf-8").splitlines()
    gone: set[int] = set()
    _replace(lines, located, ("region",), region)
    for key, figure in figures.items():
        at: KeyPath = ("prices", key)
        _replace(lines, located, (*at, "usd"), f"{figure.normalize():f}")
        if prices.prices[key].region != GLOBAL:
            _replace(lines, located, (*at, "region"), region)
        _replace(lines, located, (*at, "looked_up"), today.isoformat())
        if prices.prices[key].basis == "assumed":
            _replace(lines, located, (*at, "basis"), "published")
            gone.add(located.key((*at, "note")).line - 1)
    kept = [line for number, line in enumerate(lines) if number not in gone]
    _put(file, "\n".join(kept) + "\n")


def _replace(lines: list[str], located: Located, path: KeyPath, text: str) -> None:
    position = located.values[path]
    line, start = lines[position.line - 1], position.column - 1
    lines[position.line - 1] = line[:start] + _SCALAR.sub(text, line[start:], count=1)


def _put(file: Path, text: str) -> None:
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".prices-") as name:
        new = Path(name) / file.name
        new.write_text(text, encoding="utf-8")
        read_settings(new, PriceList)
        new.replace(file)
