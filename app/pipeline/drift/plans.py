"""Plans every workspace that is in force, without a lock, and judges what the plans show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from app.errors import PayshiftError, TerraformFailed
from app.pipeline.apply import Tools
from app.pipeline.drift.current_state import current_state
from app.pipeline.drift.noise import Noise
from app.pipeline.drift.plan_lines import plan_lines
from app.pipeline.probing.base import Line, judged, unknown
from app.pipeline.state.document import StateDocument
from app.pipeline.state.versions import StateVersions
from app.pipeline.workspaces import side_by_side
from app.pipeline.world import World

_STACK = "aws_cloudformation_stack."


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans workspaces of a target; `tools` work in directories of their own.

    Nothing holds a lock: a rollback must never wait for somebody who only looks.
    """

    tools: Tools
    versions: StateVersions
    noise: Sequence[Noise]

    def lines(self, *, world: World) -> dict[str, list[Line]]:
        """Return the lines of the foundation and of the phase in force, by workspace.

        Another phase's plan is the way to that phase, and no drift.
        """
        names = [
            name
            for name in self.tools.workspaces.names
            if not name.startswith("phase-") or name == world.phase
        ]
        found: dict[str, list[Line]] = {}

        def run(name: str) -> None:
            found[name] = self._judged(name)

        side_by_side(self.tools.terraform, [partial(run, name) for name in names])
        return {name: found[name] for name in names}

    def _judged(self, name: str) -> list[Line]:
        try:
            state = self._state(name)
            if state is None:
                message = "was never applied: nothing of it can drift"
                return [judged(passed=True, subject=name, message=message, remedy="")]
            return self._planned(name, state)
        except PayshiftError as error:
            return [unknown(subject=name, message=error.message, remedy=error.remedy)]

    def _planned(self, name: str, state: StateDocument) -> list[Line]:
        directory = self.tools.workspaces.prepare(name)
        self.tools.terraform.init(directory)
        self.versions.require_unlocked(name)
        self.tools.progress(f"{name}: planning")
        self.tools.terraform.plan(directory, variables=last_run(state), lock=False)
        plan = json.loads(self.tools.terraform.show(directory))
        newer = self._state(name)
        if newer is None or newer.serial != state.serial:
            raise TerraformFailed(
                f"{name} was applied while it was looked at",
                remedy="run payshift drift again",
                workspace=name,
            )
        return plan_lines(name, plan, noise=self.noise)

    def _state(self, name: str) -> StateDocument | None:
        return current_state(self.versions.s3, self.versions.names, name)


def last_run(state: StateDocument) -> Mapping[str, str | int]:
    """Return the variables of a phase's last apply: with others its gates would run again.

    They stand in the parameters of its stacks; a foundation workspace has none.
    """
    for address, attributes in state.resources().items():
        parameters = attributes.get("parameters") or {}
        if address.startswith(_STACK) and {"RunId", "FromPhase"} <= parameters.keys():
            return {"run_id": parameters["RunId"], "from_phase": int(parameters["FromPhase"])}
    return {}
