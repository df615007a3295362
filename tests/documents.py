"""Reads the commands out of Markdown, as a reader would copy them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNNABLE = "# runnable"
_BLOCK = re.compile(r"^(?P<indent> *)```sh\n(?P<lines>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(payshift [^`…|]+)`")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of shell lines without comments; `runnable` when a test may run it."""

    lines: tuple[str, ...]
    runnable: bool


def blocks(text: str) -> list[Block]:
    """Return the shell blocks of a page."""
    found = []
    for match in _BLOCK.finditer(text):
        lines = [line.strip() for line in match["lines"].splitlines() if line.strip()]
        kept = tuple(line for line in lines if not line.startswith("#"))
        found.append(Block(kept, RUNNABLE in lines))
    return found


def payshift_commands(text: str) -> list[list[str]]:
    """Return the arguments of every `payshift …` line of the shell blocks."""
    return _arguments(line for block in blocks(text) for line in block.lines)


def mentioned_commands(text: str) -> list[list[str]]:
    """Return the arguments of every `payshift …` in running text, which may leave some out."""
    return _arguments(_INLINE.findall(_BLOCK.sub("", text)))


def _arguments(lines: Iterable[str]) -> list[list[str]]:
    found = []
    for line in lines:
        words = shlex.split(line, comments=True)
        if words and words[0].rsplit("/", 1)[-1] == "payshift":
            found.append(words[1:])
    return found
