"""The matrix: which fault strikes at which step, which way, and what is left out and why."""

from __future__ import annotations

from dataclasses import dataclass

from app.migration.sites import Site
from tests.migration.faults import database_faults, process_faults, server_faults
from tests.migration.faults.fault import Fault
from tests.migration.faults.steps import STEPS

FAULTS: tuple[type[Fault], ...] = (
    process_faults.Killed,
    process_faults.Aborted,
    process_faults.DeadlinePassed,
    process_faults.CalledTwice,
    process_faults.TimedOut,
    server_faults.SourceKilled,
    server_faults.TargetKilled,
    server_faults.SourceReset,
    server_faults.TargetReset,
    server_faults.ReplicationReset,
    server_faults.SourceSilent,
    server_faults.TargetSilent,
    server_faults.ReplicationSilent,
    database_faults.SubscriptionDisabled,
    database_faults.ApplyBlocked,
    database_faults.LongTransaction,
    database_faults.OldSnapshot,
    database_faults.DiskFull,
    database_faults.PasswordChanged,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One handover to `to` at whose `step` the fault strikes."""

    fault: type[Fault]
    step: str
    to: Site

    def __str__(self) -> str:
        return f"{self.fault.name} after {self.step}, to {self.to}"


def all_cells() -> tuple[Cell, ...]:
    """Return every cell that makes sense; directions alternate, so that few moves are needed."""
    found = []
    for fault in FAULTS:
        steps = [step for step in STEPS if step not in fault.senseless]
        found += [Cell(fault=fault, step=step, to=to) for step in steps for to in _directions()]
    return tuple(found)


def left_out() -> tuple[tuple[Cell, str], ...]:
    """Return the cells that would say nothing, each with the reason."""
    return tuple(
        (Cell(fault=fault, step=step, to=to), reason)
        for fault in FAULTS
        for step, reason in fault.senseless.items()
        for to in _directions()
    )


def chosen_cells(count: int = 30) -> tuple[Cell, ...]:
    """Return about `count` cells: every fault, every step and both directions are among them."""
    cells, chosen = all_cells(), []
    for number, fault in enumerate(FAULTS):
        own = [cell for cell in cells if cell.fault is fault]
        # 5 is prime to the number of cells of a whole row: each fault begins at another step.
        chosen.append(own[(5 * number) % len(own)])
    rest = [cell for cell in cells if cell not in chosen]
    stride = max(1, len(rest) // max(1, count - len(chosen)))
    return tuple(_alternating([*chosen, *rest[::stride]][:count]))


def _alternating(cells: list[Cell]) -> list[Cell]:
    """Order the cells so that one begins where the one before ended."""
    queues = {site: [cell for cell in cells if cell.to is site] for site in Site}
    ordered = []
    site = Site.AWS
    while any(queues.values()):
        site = site if queues[site] else site.other
        ordered.append(queues[site].pop(0))
        site = site.other
    return ordered


def _directions() -> tuple[Site, Site]:
    return Site.AWS, Site.LEGACY
