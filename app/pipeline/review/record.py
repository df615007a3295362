"""What a pull request showed of each workspace, with digests of all that it was made from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import Field

from app.pipeline.bundle import LOCK_NAME
from app.pipeline.review.effect import Change, Frozen, StateMark, changes, state_mark
from app.pipeline.terraform import JSON_FILE, Plan, Terraform
from app.pipeline.workspaces import Workspaces

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class PlannedWorkspace(Frozen):
    """A workspace's plan; `from_phase` is where production was, for a phase only."""

    workspace: str
    from_phase: int | None
    state: StateMark
    changes: tuple[Change, ...]


class Review(Frozen):
    """All that a pull request showed at its commit.

    `code` digests what the workspaces are synthesized from, `synthesized` each workspace's JSON,
    `lock` the pins of the provider.
    """

    commit: Commit
    live: str
    code: Sha256
    lock: Sha256
    synthesized: dict[str, Sha256]
    plans: tuple[PlannedWorkspace, ...]

    def plan_of(self, workspace: str, *, from_phase: int | None) -> PlannedWorkspace | None:
        """Return the plan of a workspace from that phase; None when none was shown."""
        for plan in self.plans:
            if (plan.workspace, plan.from_phase) == (workspace, from_phase):
                return plan
        return None


def planned(terraform: Terraform, plan: Plan, *, from_phase: int | None) -> PlannedWorkspace:
    """Describe a saved plan. The file itself stays where it is: it holds all of the state."""
    return PlannedWorkspace(
        workspace=plan.workspace,
        from_phase=from_phase,
        state=state_mark(plan.file),
        changes=changes(terraform.show(plan.directory)),
    )


def synthesized(workspaces: Workspaces) -> dict[str, str]:
    """Digest the JSON of every workspace."""
    stacks = workspaces.source / "stacks"
    return {name: _sha256(stacks / name / JSON_FILE) for name in workspaces.names}


def lock_digest(workspaces: Workspaces) -> str:
    """Digest the pins of the provider that the workspaces are planned with."""
    return _sha256(workspaces.source / LOCK_NAME)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes() if file.is_file() else b"").hexdigest()
