"""Brings production to the phase that `live` names, step by step, or back in one step."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from app.config.loading import PhaseSet
from app.errors import GateFailed, PayshiftError, TerraformFailed, WorldError
from app.pipeline.apply import Applied, Tools, apply_phase
from app.pipeline.gates import gate_reasons
from app.pipeline.guards.acknowledgement import require_acknowledgement
from app.pipeline.guards.base import Guard, require_free_way
from app.pipeline.moves import Move, moves
from app.pipeline.order import give_way, newer_run, require_alone
from app.pipeline.planned_run import plan_run
from app.pipeline.workspaces import initialise
from app.pipeline.world import World

FindWorld = Callable[[], World]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivery did."""

    before: World
    after: World
    applied: tuple[Applied, ...]
    seconds: float

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "before": self.before.as_record(),
            "after": self.after.as_record(),
            "applied": [one.as_record() for one in self.applied],
            "seconds": self.seconds,
        }


def deliver(
    tools: Tools,
    phases: PhaseSet,
    *,
    find_world: FindWorld,
    again: bool = False,
    guards: Sequence[Guard] = (),
) -> Delivery:
    """Go where `live` wants: one apply a step up, one apply down, none when already there.

    GateFailed when a gate refused going up; production is then back in the phase before.
    AdvanceRefused when a guard holds a step up, or a run that went past Git is not acknowledged;
    PlanDiffers when a step would not do what was reviewed; StateLocked while another phase is
    being applied. Going down, none of them is asked. A run that a newer one overtook leaves
    production to it: GateFailed, or WorldError when it is not certain to be there.
    WorldError when Terraform or AWS failed; running it again takes up where it stopped.
    """
    begun, before = time.monotonic(), find_world()
    plan = moves(phases, world=before, unfinished=tools.evidence.unfinished(), again=again)
    tools.progress(f"production is {before}; wanted is {phases.live}")
    if not tools.break_glass:
        require_acknowledgement(tools.evidence, phases, plan, where=str(before))
    if not plan:
        tools.progress("nothing to do")
        return Delivery(before, before, (), _since(begun))
    _make_ready(tools, phases, plan)
    applied = tuple(_step(tools, phases, move, guards) for move in plan)
    after = find_world()
    if after.number != phases.live_phase.phase:
        message = f"everything was applied, but production is {after}"
        remedy = "somebody else changed it meanwhile; see payshift status, then deliver again"
        raise WorldError(message, remedy=remedy)
    tools.progress(f"production is {after}")
    return Delivery(before, after, applied, _since(begun))


def _make_ready(tools: Tools, phases: PhaseSet, plan: Sequence[Move]) -> None:
    """Initialise every workspace that may be needed at once: going up, also the way back."""
    names = {move.phase.name for move in plan}
    names |= {f"phase-{move.from_number}" for move in plan if not move.goes_down}
    names &= set(phases.names)
    initialise(tools.terraform, tools.workspaces, sorted(names), progress=tools.progress)


def _step(tools: Tools, phases: PhaseSet, move: Move, guards: Sequence[Guard]) -> Applied:
    require_free_way(guards, move)
    require_alone(tools, move)
    run = plan_run(tools, move)
    try:
        applied = apply_phase(tools, move, run=run)
    except TerraformFailed as error:
        reasons = gate_reasons(error)
        if not reasons or move.goes_down:
            raise
        if (newer := newer_run(tools, move, run_id=run.run_id)) is not None:
            give_way(tools, phases, move, newer, reasons=reasons, cause=error)
        _restore(tools, phases, move, reasons, error)
    if (newer := newer_run(tools, move, run_id=run.run_id)) is not None:
        give_way(tools, phases, move, newer)
    return applied


def _restore(
    tools: Tools, phases: PhaseSet, move: Move, reasons: Sequence[str], cause: TerraformFailed
) -> NoReturn:
    """Apply the phase before; raises GateFailed when production is back in it."""
    refused, why = f"{move.phase.name} was refused", _listed(reasons)
    tools.progress(f"{refused}: {why}")
    back = f"phase-{move.from_number}"
    if back not in phases.names:
        raise GateFailed(
            f"{refused} and there is no phase below to go back to: {why}",
            phase=move.phase.name,
            remedy="mend the cause, then deliver again",
        ) from cause
    tools.progress(f"going back to {back}")
    try:
        apply_phase(tools, Move(phases.named(back), move.phase.phase, "down"))
    except PayshiftError as error:
        raise WorldError(
            f"{refused}: {why}\nand going back to {back} failed: {error.message}",
            remedy=f"production stands between {back} and {move.phase.name}: "
            f"write live: {back} and deliver again until it is done",
        ) from error
    raise GateFailed(
        f"{refused}, production is back in {back}: {why}",
        phase=move.phase.name,
        back=back,
        remedy=f"mend the cause and deliver again, or revert live to {back} so that Git agrees",
    ) from cause


def _listed(reasons: Sequence[str]) -> str:
    return reasons[0] if len(reasons) == 1 else "".join(f"\n  - {one}" for one in reasons)


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 3)
