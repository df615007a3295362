"""Mutants that no test of their group sees, and why each may live."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from app.config.base import Settings
from app.config.loading import read_settings
from tests.mutants.session import Mutant

FILE = Path(__file__).with_name("accepted.yaml")


class Accepted(Settings):
    """A reason that covers mutants of a line; `*` is every module.

    `before` is an expression for the whole line; `after` for the mutated one, when another mutant
    of the same line must not live.
    """

    module: str
    before: str
    after: str = ".*"
    reason: str = Field(min_length=20)

    def covers(self, mutant: Mutant) -> bool:
        """Tell whether it speaks of a mutant."""
        return (
            self.module in {"*", mutant.module}
            and re.fullmatch(self.before, mutant.before) is not None
            and re.fullmatch(self.after, mutant.after) is not None
        )


class AcceptedList(Settings):
    """All of them."""

    accepted: tuple[Accepted, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run found: mutants that nobody explains, and reasons that nothing needs any more."""

    mutants: int
    explained: int
    unexplained: tuple[Mutant, ...]
    stale: tuple[Accepted, ...]

    @property
    def passed(self) -> bool:
        """Whether each survivor has a reason and each reason a survivor."""
        return not self.unexplained and not self.stale

    def lines(self) -> list[str]:
        """Return it for people."""
        found = []
        for one in self.unexplained:
            found += [f"{one.module}:{one.number}: nobody sees {one.operator}"]
            found += [f"  - {one.before}", f"  + {one.after}"]
        found += [f"{one.module}: nothing needs the reason for {one.before}" for one in self.stale]
        killed = self.mutants - self.explained - len(self.unexplained)
        found.append(
            f"{self.mutants} mutants: {killed} killed, {self.explained} live for a reason, "
            f"{len(self.unexplained)} for none"
        )
        return found


def read_accepted(file: Path = FILE) -> tuple[Accepted, ...]:
    """Read the reasons. ConfigError with positions."""
    return read_settings(file, AcceptedList)[1].accepted


def judge(mutants: Sequence[Mutant], accepted: Sequence[Accepted]) -> Verdict:
    """Explain what lives. A reason for all modules, or for one that was not run, is never stale."""
    alive = [one for one in mutants if one.outcome != "killed"]
    unexplained = [one for one in alive if not any(reason.covers(one) for reason in accepted)]
    ran = {one.module for one in mutants}
    return Verdict(
        mutants=len(mutants),
        explained=len(alive) - len(unexplained),
        unexplained=tuple(unexplained),
        stale=tuple(
            reason
            for reason in accepted
            if reason.module in ran and not any(map(reason.covers, alive))
        ),
    )
