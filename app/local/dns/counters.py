"""Counts which records were answered."""

from __future__ import annotations

import threading
from collections import Counter

from app.local.dns.records import Record


class AnswerCounters:
    """Safe for several threads."""

    def __init__(self) -> None:
        self._records: Counter[tuple[str, str, str | None, str]] = Counter()
        self._queries = 0
        self._empty = 0
        self._lock = threading.Lock()

    def count_reply(self, *, found: bool) -> None:
        """Count one question, with or without an answer."""
        with self._lock:
            self._queries += 1
            self._empty += not found

    def count_record(self, record: Record) -> None:
        """Count a record that went into an answer."""
        value = record.alias or ",".join(record.values)
        with self._lock:
            self._records[(record.name, record.kind, record.set_identifier, value)] += 1

    def describe(self) -> dict[str, object]:
        """Return `{"queries", "empty", "answers": [{"name", "type", "set_identifier", …}]}`."""
        with self._lock:
            return {
                "queries": self._queries,
                "empty": self._empty,
                "answers": [
                    {
                        "name": name,
                        "type": kind,
                        "set_identifier": identifier,
                        "value": value,
                        "count": count,
                    }
                    for (name, kind, identifier, value), count in sorted(
                        self._records.items(), key=lambda item: str(item[0])
                    )
                ],
            }
