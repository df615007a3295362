"""One resource that does not meet one check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What checkov found, with the type of the resource, which checkov itself leaves out.

    `file` is relative to the scanned directory: `stacks/…` was synthesized, `plans/…` planned.
    """

    workspace: str
    address: str
    check: str
    title: str
    file: str
    line: int

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is about, whether it was found in the synthesized JSON or in the plan."""
        return (self.check, self.workspace, self.address)

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "check": self.check,
            "title": self.title,
            "workspace": self.workspace,
            "resource": self.address,
            "file": self.file,
            "line": self.line,
        }
