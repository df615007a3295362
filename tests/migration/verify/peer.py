"""reladiff's answer about the tables that payshift compares."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.migration.verify.report import Kind
from app.migration.verify.session import PINNED, Side
from tests.migration.verify.conftest import Sources

PYTHON = Path("build/tools/reladiff/bin/python")
PROGRAM = Path(__file__).with_name("peer_program.py")
# It takes the text of many types from the session; ours are pinned, so are these.
SETTINGS = ("datestyle", "extra_float_digits", "bytea_output", "intervalstyle", "timezone")

Keys = set[tuple[Kind, tuple[str, ...]]]
_KINDS = {frozenset("-"): Kind.MISSING, frozenset("+"): Kind.EXTRA, frozenset("-+"): Kind.CHANGED}


class PeerFailed(Exception):
    """reladiff gave up; holds what it said."""


class Peer:
    """A running reladiff."""

    def __init__(self, process: subprocess.Popen[str], sources: Sources) -> None:
        self._process = process
        self._sources = sources

    def differing(
        self, *, table: str, keys: Sequence[str], columns: Sequence[str], pinned: bool = True
    ) -> Keys:
        """Return the key of each row that is not the same, and how. Raises PeerFailed."""
        question = {
            **{side.value: self._login(side, pinned=pinned) for side in Side},
            "table": table.split("."),
            "keys": list(keys),
            "columns": list(columns),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise PeerFailed(answer["error"])
        signs: dict[tuple[str, ...], set[str]] = {}
        for sign, *row in answer["rows"]:
            signs.setdefault(tuple(row[: len(keys)]), set()).add(sign)
        return {(_KINDS[frozenset(found)], key) for key, found in signs.items()}

    def _login(self, side: Side, *, pinned: bool) -> dict[str, Any]:
        login = self._sources[side].settings
        settings = [f"-c {name}={PINNED[name].replace(' ', '')}" for name in SETTINGS]
        return {
            "dsn": login.conninfo(),
            "options": " ".join(settings) if pinned else "",
        }


@contextmanager
def asked(sources: Sources) -> Iterator[Peer]:
    """Start reladiff once; it ends when nobody asks any more."""
    with subprocess.Popen(
        [PYTHON, PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Peer(process, sources)
        assert process.stdin is not None
        process.stdin.close()
