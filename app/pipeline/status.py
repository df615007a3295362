"""Compares where production is with where `live` wants it, on one screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from app.errors import WorldError
from app.pipeline import aws
from app.pipeline.check import check
from app.pipeline.cost.known import KnownPrice, known_price
from app.pipeline.engine_standing import EngineStanding, ask_engine
from app.pipeline.evidence import Evidence, Unfinished
from app.pipeline.moves import Move, moves
from app.pipeline.next_step import NextStep, next_step
from app.pipeline.replication.standing import CarrierStanding, carrier_standing
from app.pipeline.target import Target
from app.pipeline.traffic import records_in_force, wanted_weights, weights_of
from app.pipeline.world import World, find_world

_Fact = TypeVar("_Fact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The world, the wish, and the way from one to the other.

    What could not be learned is None or empty, and `unknown` says why by the name of the fact.
    `next_step` is None in the last phase.
    """

    environment: str
    world: World
    wanted: str
    unfinished: Unfinished | None
    moves: tuple[Move, ...]
    weights: Mapping[str, int]
    engine: EngineStanding | None
    next_step: NextStep | None
    unknown: Mapping[str, str]
    carrier: CarrierStanding | None = None
    price: KnownPrice | None = None

    @property
    def troubles(self) -> tuple[str, ...]:
        """What somebody should look at now, in sentences."""
        found = []
        if self.unfinished:
            found.append(f"run {self.unfinished.run_id} did not finish")
        if self.engine is not None:
            accepting, writer = self.engine.accepting, self.world.features.get("writer")
            if len(accepting) != 1:
                named = " and ".join(accepting) or "no database"
                found.append(f"payments are accepted by {named}; one must accept them")
            elif writer is not None and accepting[0] != writer:
                found.append(f"{accepting[0]} writes, but {self.world.phase} wants {writer}")
            found.extend(f"{site} does not answer" for site in self.engine.unreachable)
        if self.carrier is not None:
            found.extend(self.carrier.faults)
        wanted = wanted_weights(aws_percent=self.world.aws_percent)
        if self.weights and self.world.phase and self.weights != wanted:
            found.append(
                f"DNS has {_listed(self.weights)}, but {self.world.phase} wants {_listed(wanted)}"
            )
        if self.price is not None and self.price.above_limit:
            found.append(
                f"a month costs {self.price.usd:,.2f} USD, and may cost {self.price.limit_usd:,.2f}"
            )
        return tuple(found)

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "environment": self.environment,
            "world": self.world.as_record(),
            "wanted": self.wanted,
            "weights": dict(self.weights),
            "engine": self.engine.as_record() if self.engine else None,
            "replication": self.carrier.as_record() if self.carrier else None,
            "cost": self.price.as_record() if self.price else None,
            "unfinished": self.unfinished.run_id if self.unfinished else None,
            "agrees": not self.moves,
            "moves": [
                {"phase": move.phase.name, "from_phase": move.from_number, "reason": move.reason}
                for move in self.moves
            ],
            "next": self.next_step.as_record() if self.next_step else None,
            "troubles": list(self.troubles),
            "unknown": dict(self.unknown),
        }

    def lines(self) -> list[str]:
        """Return it for people."""
        facts = {
            "phase": f"{self.world.phase or 'none yet'}, wanted is {self.wanted}",
            "traffic": _listed(self.weights),
            "writer": self._writer(),
            "lag": self._lag(),
            "carrier": str(self.carrier or self.unknown.get("carrier", "")),
            "cost": str(self.price or ""),
            "next": str(self.next_step or f"none, {self.world.phase} is the last"),
        }
        width = max(map(len, facts))
        shown = [
            f"{name:<{width}}  {text or self.unknown.get(name, 'nothing yet')}"
            for name, text in facts.items()
        ]
        way = [f"deliver would apply {move}" for move in self.moves] or ["nothing to deliver"]
        held = self.next_step.lines() if self.next_step else []
        troubles = [f"! {one}" for one in self.troubles]
        return [self.environment, *shown, *held, *troubles, *way]

    def _writer(self) -> str:
        if self.engine is None:
            return self.unknown.get("writer", "")
        return f"{self.engine.writer or 'nobody'}, epoch {self.engine.epoch}"

    def _lag(self) -> str:
        if self.engine is None:
            return self.unknown.get("writer", "")
        lag = self.engine.lag_seconds
        return "no marker arrived in time" if lag is None else f"{lag:.2f} s"


def find_status(target: Target, phases: Path) -> Status:
    """Look at the world and at `live`; changes nothing but what the engine publishes of itself."""
    wanted = check(phases)
    names, environment = target.names, target.environment
    evidence = Evidence(aws.s3(environment), names.evidence_bucket, target.build)
    world = find_world(aws.ssm(environment), names=names)
    unfinished = evidence.unfinished()
    unknown: dict[str, str] = {}
    records = _learn(
        "traffic", unknown, lambda: records_in_force(aws.route53(environment), dns=environment.dns)
    )
    engine = _learn("writer", unknown, lambda: ask_engine(aws.functions(environment), names=names))
    return Status(
        environment=environment.name,
        world=world,
        wanted=wanted.live,
        unfinished=unfinished,
        moves=moves(wanted, world=world, unfinished=unfinished),
        weights=weights_of(records or ()),
        engine=engine,
        next_step=next_step(target, wanted, world=world, evidence=evidence),
        unknown=unknown,
        carrier=_learn("carrier", unknown, lambda: carrier_standing(environment)),
        price=_learn("cost", unknown, lambda: known_price(target, phases)),
    )


def _learn(fact: str, unknown: dict[str, str], ask: Callable[[], _Fact]) -> _Fact | None:
    """Ask; a part of the world that does not answer shall not hide the others."""
    try:
        return ask()
    except WorldError as error:
        unknown[fact] = f"unknown: {error.message}"
        return None


def _listed(weights: Mapping[str, int]) -> str:
    return ", ".join(f"{site} {weight}" for site, weight in weights.items())
