"""Compares where production is with where `live` wants it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.pipeline import aws
from app.pipeline.check import check
from app.pipeline.evidence import Evidence, Unfinished
from app.pipeline.moves import Move, moves
from app.pipeline.target import Target
from app.pipeline.world import World, find_world


@dataclass(frozen=True, slots=True)
class Status:
    """The world, the wish, and the way from one to the other."""

    environment: str
    world: World
    wanted: str
    unfinished: Unfinished | None
    moves: tuple[Move, ...]

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "environment": self.environment,
            "world": self.world.as_record(),
            "wanted": self.wanted,
            "unfinished": self.unfinished.run_id if self.unfinished else None,
            "agrees": not self.moves,
            "moves": [
                {"phase": move.phase.name, "from_phase": move.from_number, "reason": move.reason}
                for move in self.moves
            ],
        }

    def lines(self) -> list[str]:
        """Return it for people."""
        lines = [f"{self.environment} is {self.world}", f"wanted is {self.wanted}"]
        if self.unfinished:
            lines.append(f"run {self.unfinished.run_id} did not finish")
        lines.extend(f"deliver would apply {move}" for move in self.moves)
        return lines if self.moves else [*lines, "nothing to deliver"]


def find_status(target: Target, phases: Path) -> Status:
    """Look at the world and at `live`; changes nothing."""
    wanted = check(phases)
    names = target.names
    records = Evidence(aws.s3(target.environment), names.evidence_bucket, target.build)
    world = find_world(aws.ssm(target.environment), names=names)
    unfinished = records.unfinished()
    plan = moves(wanted, world=world, unfinished=unfinished)
    return Status(target.environment.name, world, wanted.live, unfinished, plan)
