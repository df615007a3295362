"""What verifying the evidence can find."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tampering(StrEnum):
    """In which way the evidence is not as it was written."""

    REMOVED = "removed"
    CHANGED = "changed"
    REORDERED = "reordered"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it was written. `number` is that of the link, if it has one."""

    kind: Tampering
    key: str
    message: str
    number: int | None = None

    def as_record(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "kind": self.kind.value,
            "number": self.number,
            "key": self.key,
            "message": self.message,
        }

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"
