"""Brings an older version of a workspace's state back, by copying it forward, and applies it.

First the plan is made against a copy on this machine, so that nothing is changed by looking. Then
the old content is pushed under the native lock with the next serial: Terraform refuses it when
somebody has written a newer state meanwhile. An interruption leaves the old state or the new one,
each whole, since S3 replaces objects at once.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import RestoreRefused, TerraformFailed
from app.pipeline.apply import Tools
from app.pipeline.evidence import new_run_id
from app.pipeline.recorded import origin, recorded
from app.pipeline.state.document import StateDocument
from app.pipeline.state.stateful import losses
from app.pipeline.state.versions import StateVersion, StateVersions
from app.pipeline.terraform import JSON_FILE, Plan
from app.pipeline.terraform_messages import PlanSummary
from app.pipeline.world import World

_LOCAL_STATE = "terraform.tfstate"
_GUARDED = "Instance cannot be destroyed"  # what Terraform says of prevent_destroy


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What restoring a version would lead to. `serial` is the one that it would get."""

    workspace: str
    version: StateVersion
    serial: int
    run_id: str
    variables: Mapping[str, str | int]
    summary: PlanSummary

    @property
    def leaves_phase(self) -> bool:
        """Whether applying this brings production into another phase than it is in."""
        came = self.variables.get("from_phase")
        return came is not None and self.workspace != f"phase-{came}"

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "workspace": self.workspace,
            "version": self.version.as_record(),
            "serial": self.serial,
            "plan": self.summary.as_record(),
        }

    def lines(self) -> list[str]:
        """Return it for people."""
        version = self.version
        moves = [f"  production goes to {self.workspace}"] if self.leaves_phase else []
        old = f"version {version.id} of {version.written:%Y-%m-%d %H:%M:%S} UTC"
        return [
            f"{self.workspace}: {old} (serial {version.document.serial}) becomes {self.serial}",
            *moves,
            f"  {self.summary}",
            *(f"  {action:<8} {address}" for address, action in self.summary.actions),
        ]


def preview(
    tools: Tools, versions: StateVersions, *, workspace: str, version: str, world: World
) -> Preview:
    """Plan what the version leads to, without changing anything.

    StateLocked while the workspace is being applied. RestoreRefused for a foreign lineage, for
    the version that is in force, and for a plan that loses a stateful resource.
    """
    versions.require_unlocked(workspace)
    (current,) = versions.newest(workspace, count=1)
    chosen = versions.find(workspace, version)
    _require_same_life(workspace, current=current.document, chosen=chosen)
    run_id = new_run_id()
    # To the gates it is a move from where production is: going down, they only report.
    phase: dict[str, str | int] = {"run_id": run_id, "from_phase": world.number}
    variables = phase if workspace.startswith("phase-") else {}
    serial = current.document.serial + 1
    summary = _plan_beside(
        tools, workspace, state=chosen.document.under(serial=serial), variables=variables
    )
    if lost := losses(summary.actions):
        raise RestoreRefused(
            f"restoring {workspace} would lose what holds data: {', '.join(lost)}",
            remedy="choose a newer version, or change the code so that it keeps them",
        )
    return Preview(
        workspace=workspace,
        version=chosen,
        serial=serial,
        run_id=run_id,
        variables=variables,
        summary=summary,
    )


def restore(tools: Tools, found: Preview, *, reason: str) -> Plan:
    """Push the version and apply; evidence says who, why and how it ended.

    StateLocked or TerraformFailed when somebody was faster. RestoreRefused, with the state
    restored and nothing applied, when the plan is not the one that was shown.
    """
    begun = time.monotonic()
    record: dict[str, Any] = {"command": "restore", **origin(tools), "reason": reason}
    record |= found.as_record() | _phase_of(found)
    with recorded(tools, record, run_id=found.run_id, begun=begun, required=True):
        plan = _push_and_plan(tools, found)
        tools.terraform.apply(plan, progress=tools.progress)
    return plan


def _push_and_plan(tools: Tools, found: Preview) -> Plan:
    directory = tools.workspaces.prepare(found.workspace)
    tools.terraform.init(directory, progress=tools.progress)
    with tempfile.TemporaryDirectory(prefix="payshift-restore-") as place:
        file = Path(place) / _LOCAL_STATE
        file.write_bytes(found.version.document.under(serial=found.serial))
        tools.terraform.push_state(directory, file)
    tools.progress(f"{found.workspace}: state restored as serial {found.serial}")
    plan = tools.terraform.plan(directory, variables=found.variables)
    if sorted(plan.summary.actions) != sorted(found.summary.actions):
        raise RestoreRefused(
            f"the state of {found.workspace} is restored, but the world has changed since the plan "
            f"was shown: it is now {plan.summary}",
            remedy=f"look at it and apply it: payshift plan {found.workspace}, payshift deliver",
        )
    return plan


def _plan_beside(
    tools: Tools, workspace: str, *, state: bytes, variables: Mapping[str, str | int]
) -> PlanSummary:
    """Plan with the state in a private directory of this machine; it is removed again."""
    origin = tools.workspaces.prepare(workspace)
    with tempfile.TemporaryDirectory(prefix="payshift-restore-") as place:
        directory = Path(place) / workspace
        shutil.copytree(origin, directory, ignore=_only_code)
        file = directory / JSON_FILE
        code = json.loads(file.read_text(encoding="utf-8"))
        code["terraform"]["backend"] = {"local": {"path": _LOCAL_STATE}}
        file.write_text(json.dumps(code), encoding="utf-8")
        (directory / _LOCAL_STATE).write_bytes(state)
        tools.terraform.init(directory, progress=tools.progress)
        try:
            return tools.terraform.plan(directory, variables=variables).summary
        except TerraformFailed as error:
            if any(one.summary == _GUARDED for one in error.diagnostics):
                raise RestoreRefused(
                    f"restoring {workspace} would destroy what is guarded: {error.message}",
                    remedy="choose a newer version",
                ) from error
            raise


def _only_code(_directory: str, names: list[str]) -> set[str]:
    return {name for name in names if name == ".terraform" or name.endswith((".tfplan", ".log"))}


def _require_same_life(workspace: str, *, current: StateDocument, chosen: StateVersion) -> None:
    if chosen.newest:
        raise RestoreRefused(
            f"version {chosen.id} of {workspace} is in force already",
            remedy=f"choose an older one: payshift state list {workspace}",
        )
    if chosen.document.lineage != current.lineage:
        raise RestoreRefused(
            f"version {chosen.id} belongs to another life of {workspace}: "
            f"lineage {chosen.document.lineage}, not {current.lineage}",
            remedy="its resources are not those of the state in force; choose a later version",
        )


def _phase_of(found: Preview) -> dict[str, Any]:
    """Name the phase as deliveries do, so that an interrupted restore is taken up by the next."""
    if not found.workspace.startswith("phase-"):
        return {}
    return {
        "phase": int(found.workspace.removeprefix("phase-")),
        "from_phase": found.variables["from_phase"],
    }
