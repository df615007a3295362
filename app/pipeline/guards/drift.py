"""No advance from a phase that somebody changed by hand."""

from __future__ import annotations

from dataclasses import dataclass

from app.pipeline.evidence import new_run_id
from app.pipeline.guards.base import Hold
from app.pipeline.moves import Move
from app.pipeline.terraform import Terraform
from app.pipeline.workspaces import Workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseDrift:
    """Compares what the phase in force has applied with what AWS has now."""

    terraform: Terraform
    workspaces: Workspaces

    def __call__(self, move: Move, /) -> tuple[Hold, ...]:
        """Hold when a resource of the phase is not what its last apply left."""
        name = f"phase-{move.from_number}"
        if name not in self.workspaces.names:
            return ()
        directory = self.workspaces.prepare(name)
        self.terraform.init(directory)
        variables: dict[str, str | int] = {
            "run_id": new_run_id(),
            "from_phase": move.from_number,
        }
        changed = self.terraform.drift(directory, variables=variables)
        if not changed:
            return ()
        listed = ", ".join(address for address, _action in changed)
        return (
            Hold(
                f"{name} was changed by somebody else: {listed}",
                "find out who and why; payshift deliver --again puts it back with live: " + name,
            ),
        )
