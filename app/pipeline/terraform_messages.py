"""Reads what Terraform prints with -json: progress for people, changes, and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import Diagnostic, StateLocked, TerraformFailed

_PROGRESS = frozenset(
    {"planned_change", "resource_drift", "apply_start", "apply_progress", "apply_complete",
     "apply_errored", "provision_errored", "change_summary"}
)  # fmt: skip
_NO_CAUSE = re.compile(r"The following resource\(s\)|Resource \w+ (cancelled|initiated)", re.I)
_LOCK = "Error acquiring the state lock"
_NOT_SIGNED_IN = re.compile(r"Expired ?Token|InvalidClientTokenId|No valid credential sources")


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What a plan would do: counts, and the action on each resource address."""

    add: int = 0
    change: int = 0
    destroy: int = 0
    actions: tuple[tuple[str, str], ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the world is already as the workspace wants it."""
        return not self.actions

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "add": self.add,
            "change": self.change,
            "destroy": self.destroy,
            "actions": [{"address": address, "action": action} for address, action in self.actions],
        }

    def __str__(self) -> str:
        return f"{self.add} to add, {self.change} to change, {self.destroy} to destroy"


@dataclass(slots=True)
class Messages:
    """Collects the messages of one run of Terraform."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    actions: list[tuple[str, str]] = field(default_factory=list)
    counts: Mapping[str, int] = field(default_factory=dict)
    plain: list[str] = field(default_factory=list)

    def feed(self, line: str) -> str | None:
        """Take one line of output; returns a line of progress when it has news for people."""
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            self.plain.append(line.rstrip())
            return None
        kind = message.get("type")
        if kind == "diagnostic":
            self._diagnose(message["diagnostic"])
        elif kind == "planned_change":
            change = message["change"]
            self.actions.append((change["resource"]["addr"], change["action"]))
        elif kind == "change_summary":
            self.counts = message["changes"]
        return str(message.get("@message", "")) if kind in _PROGRESS else None

    def summary(self) -> PlanSummary:
        """Return what was planned."""
        counts = self.counts
        return PlanSummary(
            add=counts.get("add", 0),
            change=counts.get("change", 0),
            destroy=counts.get("remove", 0),
            actions=tuple(self.actions),
        )

    def failure(self, *, verb: str, workspace: str, log: str) -> TerraformFailed:
        """Build the error for a run that ended badly."""
        for one in self.diagnostics:
            if one.summary == _LOCK:
                return _locked(one, workspace=workspace)
        # `state push` has no -json: it prints a frame around what it says.
        plain = [line.strip("│╷╵ ") for line in self.plain]
        if any(_LOCK in line for line in plain):
            return _locked(Diagnostic("", _LOCK, "\n".join(plain)), workspace=workspace)
        said = [line.removeprefix("Error: ") for line in plain if line]
        reasons = [_headline(one) for one in self.diagnostics] or said[:3]
        everything = " ".join([*said, *(f"{one.summary} {one.detail}" for one in self.diagnostics)])
        sign_in = "sign in again; " if _NOT_SIGNED_IN.search(everything) else ""
        return TerraformFailed(
            f"terraform {verb} of {workspace} failed: " + "; ".join(reasons or ["it said nothing"]),
            remedy=f"{sign_in}the whole output is in {log}",
            workspace=workspace,
            diagnostics=tuple(self.diagnostics),
        )

    def _diagnose(self, diagnostic: Mapping[str, Any]) -> None:
        if diagnostic.get("severity") != "error":
            return
        self.diagnostics.append(
            Diagnostic(
                address=diagnostic.get("address", ""),
                summary=diagnostic.get("summary", ""),
                detail=diagnostic.get("detail", ""),
            )
        )


def cloudformation_reasons(text: str) -> tuple[str, ...]:
    """Return the reasons that CloudFormation gave in the provider's error, one line each.

    What custom resources say comes wrapped and may have several lines; where there is none, all
    that follows the stack's status counts, without the lines that name no cause.
    """
    wrapped = re.findall(r"Message returned: (.*?) ?\(RequestId: [^)]*\)", text, re.DOTALL)
    if not wrapped:
        wrapped = [text.partition("): ")[2] or text]
    lines = (line.strip() for one in wrapped for line in one.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line and not _NO_CAUSE.match(line)))


def _headline(diagnostic: Diagnostic) -> str:
    detail = next((line for line in diagnostic.detail.splitlines() if line.strip()), "")
    where = f"{diagnostic.address}: " if diagnostic.address else ""
    return where + ": ".join(part for part in (diagnostic.summary, detail.strip()) if part)


def locked(
    workspace: str, *, who: str, since: str, diagnostics: tuple[Diagnostic, ...] = ()
) -> StateLocked:
    """Build the error for a workspace whose state somebody else has locked."""
    return StateLocked(
        f"{workspace} is being changed by {who} since {since}",
        remedy="wait for that run to end and run this again; if it has died, end its lock: "
        f"payshift state unlock {workspace}",
        workspace=workspace,
        diagnostics=diagnostics,
    )


def _locked(diagnostic: Diagnostic, *, workspace: str) -> StateLocked:
    found = dict(re.findall(r"^\s*(Who|Created):\s*(.+?)\s*$", diagnostic.detail, re.M))
    who, since = found.get("Who", "somebody"), found.get("Created", "an unknown time")
    return locked(workspace, who=who, since=since, diagnostics=(diagnostic,))
