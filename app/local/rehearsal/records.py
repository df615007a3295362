"""What a rehearsal writes while it runs: one JSON array a line, in the order of the fields."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

# The `draw` of a request that no answer of the DNS led anywhere.
STALE = -1


class Request(NamedTuple):
    """One request of a client, answered or not.

    `at` is the scheduled wall-clock time; `late` the seconds from there to the moment of sending
    and `latency` the seconds from there to the last byte of the answer, so a slow sender cannot
    hide a slow answer. `status` is 0 without an answer; `error` is empty exactly when it succeeded.
    """

    at: float
    late: float
    latency: float
    kind: str
    status: int
    site: str
    writer: str
    client: int
    draw: int
    resent: int
    error: str
    key: str

    @property
    def started(self) -> float:
        """Wall-clock time of sending."""
        return self.at + self.late

    @property
    def ended(self) -> float:
        """Wall-clock time of the end of the answer."""
        return self.at + self.latency


class Acknowledgement(NamedTuple):
    """What a client was promised: a payment or refund with its id and its amount in minor units."""

    kind: str
    key: str
    id: str
    payment_id: str
    amount_minor: int
    currency: str
    site: str
    at: float


class Draw(NamedTuple):
    """One answer of the DNS: the address a client uses until the TTL has passed."""

    at: float
    client: int
    serial: int
    address: str
    ttl: float


Record = TypeVar("Record", Request, Acknowledgement, Draw)


def line(record: Record) -> bytes:
    """Return the record as one line of its file."""
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def read(path: Path, kind: type[Record]) -> Iterator[Record]:
    """Yield the records of a file; a last line cut short by a kill is left out."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for text in file:
            if text.endswith(b"\n"):
                yield kind(*json.loads(text))
