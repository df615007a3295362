"""What each figure must reach, in one place; a figure without a goal here is told, not judged."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Part = Literal["median", "highest", "ratio"]


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on one part of a figure: at most, or at least, so much."""

    part: Part
    bound: float
    at_least: bool = False

    def number(self, entry: Mapping[str, Any]) -> float | None:
        """Return the part that is judged, from an entry of the results."""
        if self.part == "ratio":
            return None if entry.get("ratio") is None else float(entry["ratio"])
        return float(entry["value"] if self.part == "median" else max(entry["samples"]))

    def reached(self, entry: Mapping[str, Any]) -> bool:
        """Judge it; a part that was not measured is not reached."""
        number = self.number(entry)
        if number is None:
            return False
        return number >= self.bound if self.at_least else number <= self.bound

    def __str__(self) -> str:
        return f"{self.part} {'≥' if self.at_least else '≤'} {self.bound:g}"


# By the figure's name; patterns as in a shell.
GOALS: Mapping[str, tuple[Goal, ...]] = {
    "rehearsal_seconds": (Goal("median", 480),),
    "rehearsal_peak_memory": (Goal("highest", 4096),),
    "rollback_seconds": (Goal("highest", 60),),
    "handover_pause_rehearsal": (Goal("highest", 250),),
    "handover_pause_engine": (Goal("median", 15), Goal("highest", 40)),
    "handover_slowest_payment": (Goal("highest", 60),),
    "handover_client_errors": (Goal("highest", 0),),
    "rotation_failed_requests": (Goal("highest", 0),),
    "rotation_payments_lost": (Goal("highest", 0),),
    "rotation_payments_doubled": (Goal("highest", 0),),
    "rotation_achieved_rate": (Goal("median", 95, at_least=True),),
    # Without one, no sandbox ever held a login that had been changed.
    "rotation_logins_refused": (Goal("median", 1, at_least=True),),
    "fence_cost": (Goal("median", 3),),
    "payments_api_1": (Goal("ratio", 0.85, at_least=True),),
    "payments_api_2": (Goal("ratio", 0.85, at_least=True),),
    "payments_api_8": (Goal("ratio", 0.75, at_least=True),),
    "cold_start_payment_api": (Goal("median", 1.5),),
    "rollback_100_to_0_seconds": (Goal("median", 45),),
    "rollback_outside_terraform_seconds": (Goal("median", 5),),
    "phase_step_against_monolith": (Goal("ratio", 0.25),),
    "synthesis_seconds": (Goal("ratio", 1.25),),
    "verify_*_reladiff": (Goal("ratio", 7, at_least=True),),
    "verify_*_clean": (Goal("ratio", 8.5),),
    "verify_*_cold": (Goal("ratio", 4),),
    "verify_*_two_rows_more": (Goal("median", 50),),
    # Set for 5,000,000 rows a side (VERIFY_ROWS): finding 10,000 takes what it takes.
    "verify_*_scattered": (Goal("ratio", 2),),
    "verify_*_10000_differences": (Goal("ratio", 2),),
    "verify_*_two_workers": (Goal("ratio", 1.8, at_least=True),),
    "verify_client_memory": (Goal("highest", 200),),
}


def goals_of(name: str) -> tuple[Goal, ...]:
    """Return the goals of a figure; none when nobody set one."""
    return next((goals for key, goals in GOALS.items() if fnmatch.fnmatch(name, key)), ())


def verdict(name: str, entry: Mapping[str, Any]) -> str:
    """Return what a table says about a figure: its goals, and whether each is reached."""
    return "; ".join(
        f"{goal} {'reached' if goal.reached(entry) else 'MISSED'}" for goal in goals_of(name)
    )


def unmeasured(names: Iterable[str]) -> list[str]:
    """Return the goals that none of the figures answers to."""
    known = list(names)
    return [key for key in GOALS if not fnmatch.filter(known, key)]
