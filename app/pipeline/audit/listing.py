"""The records of the chain in the order in which they were written, each with its run's origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.migration.evidence.link import Link

# Records of functions know their run only; that run's own record knows where it came from.
_ORIGIN = ("who", "commit", "pull_request", "plan_digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record, and the origin of its run."""

    link: Link
    run_id: str
    origin: Mapping[str, Any]

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "number": self.link.number,
            "written_at": self.link.written_at,
            "author": self.link.author,
            "key": self.link.key,
            "run_id": self.run_id,
            **self.origin,
            "record": self.link.record,
        }

    def __str__(self) -> str:
        kind = self.link.key.rpartition("/")[2].removesuffix(".json")
        outcome = self.link.record.get("outcome")
        parts = [
            f"{self.link.number:>5}",
            self.link.written_at,
            self.run_id,
            kind,
            *([str(outcome)] if outcome else []),
            f"by {self.link.author}",
            *(
                f"{name.replace('_', ' ')} {value}"
                for name, value in self.origin.items()
                if value and name != "who"
            ),
        ]
        return "  ".join(parts)


def listed(links: Mapping[int, Link]) -> tuple[Entry, ...]:
    """Return the records in order."""
    origins: dict[str, dict[str, Any]] = {}
    for _, link in sorted(links.items()):
        known = {name: link.record[name] for name in _ORIGIN if link.record.get(name)}
        origins.setdefault(_run(link), {}).update(known)
    return tuple(
        Entry(link=link, run_id=_run(link), origin=origins[_run(link)])
        for _, link in sorted(links.items())
    )


def _run(link: Link) -> str:
    return link.key.split("/")[1]
