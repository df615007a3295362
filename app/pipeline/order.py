"""Keeps deliveries of different phases apart: each phase's state has a lock of its own.

Whoever goes up waits until nobody else is at work; whoever goes down does not, and names the run to
cancel. A delivery that a newer one has overtaken does not end as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from app.config.loading import PhaseSet
from app.errors import GateFailed, PayshiftError, WorldError
from app.pipeline.apply import Tools, apply_phase
from app.pipeline.evidence import Begun
from app.pipeline.moves import Move
from app.pipeline.terraform_messages import locked


def require_alone(tools: Tools, move: Move) -> None:
    """Look whether another phase is being applied. StateLocked going up; going down it is said."""
    if tools.locks is None:
        return
    try:
        others = [one for one in tools.locks.of_phases() if one.workspace != move.phase.name]
    except WorldError as error:
        if not move.goes_down:
            raise
        tools.progress(f"{error.message}; going on")
        return
    for lock in others:
        if not move.goes_down:
            raise locked(lock.workspace, who=lock.who, since=lock.created)
        tools.progress(f"{lock}: cancel that run, this one goes on and is the newer one")


def newer_run(tools: Tools, move: Move, *, run_id: str) -> Begun | None:
    """Return the newest run that began after this one and goes elsewhere; None for the newest."""
    try:
        found = tools.evidence.begun_after(run_id)
    except WorldError as error:
        if not move.goes_down:
            raise
        tools.progress(f"{error.message}; going on")
        return None
    return None if found is None or found.number == move.phase.phase else found


def give_way(
    tools: Tools,
    phases: PhaseSet,
    move: Move,
    newer: Begun,
    *,
    reasons: Sequence[str] = (),
    cause: PayshiftError | None = None,
) -> NoReturn:
    """Leave production to the newer run: what this one has written since is written over.

    Raises GateFailed when production is in the newer run's phase, WorldError when it may not be.
    """
    overtaken = f"{move.phase.name} was overtaken by run {newer.run_id} of {newer.who}"
    wanted = f"phase-{newer.number}"
    tools.progress("; ".join((f"{overtaken}, which goes to {wanted}", *reasons)))
    remedy = f"see payshift status; cancel what runs, write live: {wanted} and deliver again"
    if newer.number > move.phase.phase or wanted not in phases.names:
        raise WorldError(f"{overtaken}, which goes to {wanted}", remedy=remedy) from cause
    try:
        apply_phase(tools, Move(phases.named(wanted), move.phase.phase, "down"))
    except PayshiftError as error:
        message = f"{overtaken}, and going to {wanted} failed: {error.message}"
        raise WorldError(message, remedy=remedy) from error
    raise GateFailed(
        f"{overtaken}, production is in {wanted}",
        phase=move.phase.name,
        back=wanted,
        remedy=f"write live: {wanted}, so that Git agrees, or deliver again",
    ) from cause
