"""A phase's step in its own workspace, beside the same step in one that holds every resource.

Both plan and apply the same change of weight in turn, after init, with the same provider against
the same local AWS and the same functions; the one workspace is joined from those of the foundation
and of the phase (`joined_workspace`), and applied once before anything is timed. `bootstrap` is
applied by other people at another time, and stays outside.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from unittest.mock import patch

from bench.figures import Figure
from bench.local_target import local_environment
from bench.monolith_sides import MONOLITH, PHASE, WEIGHTS, Sides, Step

RUNS = int(os.environ.get("STEPS", "3"))


def measure() -> tuple[Figure, ...]:
    """Take the step `STEPS` times (3) on either side, there and back, in turn."""
    with tempfile.TemporaryDirectory(prefix="payshift-monolith-") as name:
        directory = Path(name)
        # How that environment is reached is of no use to whoever measures next.
        with local_environment(directory, "--whole-target"), patch.dict(os.environ):
            sides = Sides.build(directory)
            steps: dict[str, list[Step]] = {PHASE: [], MONOLITH: []}
            for run in range(RUNS):
                # Each goes first in turn, and each takes either way.
                order = (PHASE, MONOLITH) if run % 2 == 0 else (MONOLITH, PHASE)
                for side, weight in zip(order, reversed(WEIGHTS), strict=True):
                    steps[side].append(sides.step(side, weight=weight))
            held = {side: sides.held(side) for side in steps}
    return (*_figures(steps), *(_held(side, number) for side, number in held.items()))


def _figures(steps: Mapping[str, list[Step]]) -> tuple[Figure, ...]:
    parts: Mapping[str, Callable[[Step], float]] = {
        "step": lambda one: one.whole,
        "step_without_waits": lambda one: one.awake,
        "plan": lambda one: one.plan,
    }
    figures = []
    for name, part in parts.items():
        own, joined = (tuple(map(part, steps[side])) for side in (PHASE, MONOLITH))
        figures.append(
            Figure(
                name=f"phase_{name}_against_monolith",
                unit="s",
                samples=own,
                ratio=median(own) / median(joined),
                against="one workspace of all",
            )
        )
        figures.append(Figure(name=f"monolith_{name}", unit="s", samples=joined))
    return tuple(figures)


def _held(side: str, number: int) -> Figure:
    name = f"{side.split('-', maxsplit=1)[0]}_workspace_resources"
    return Figure(name=name, unit="resources", samples=(number,))
