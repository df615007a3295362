"""How far a gate has come: all that a further invocation needs to go on from there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.migration.checks.base import CheckResult, Outcome

# A gate has about twenty checks: whatever claims more was not written by us.
_MOST = 100
Names = Annotated[tuple[str, ...], Field(max_length=_MOST)]


class Progress(BaseModel):
    """`due` are the checks that this look still has to ask; `whole` is a look at all of them.

    `results` are the newest answers by check, `seconds` how long each took at most.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    due: Names
    whole: bool = True
    looks: int = Field(default=0, ge=0)
    successes: int = Field(default=0, ge=0)
    results: dict[str, CheckResult] = Field(default_factory=dict, max_length=_MOST)
    seconds: dict[str, float] = Field(default_factory=dict, max_length=_MOST)

    def answered(self, result: CheckResult, *, name: str, seconds: float) -> Progress:
        """Return the progress after one check was asked."""
        longest = max(seconds, self.seconds.get(name, 0.0))
        return self.model_copy(
            update={
                "due": tuple(one for one in self.due if one != name),
                "results": {**self.results, name: result},
                "seconds": {**self.seconds, name: longest},
            }
        )

    def looked(self) -> Progress:
        """Return the progress at the end of a look; only whole ones in a row are successes."""
        passed = self.whole and self.all_passed
        return self.model_copy(
            update={"looks": self.looks + 1, "successes": self.successes + 1 if passed else 0}
        )

    def next_look(self, checks: Iterable[str], *, once_in_a_row: Collection[str]) -> Progress:
        """Return the next look: at what is inconclusive, or at everything once nothing is.

        After a success, those `once_in_a_row` have been asked.
        """
        names = tuple(checks)
        again = tuple(name for name in names if self.results[name].outcome is Outcome.INCONCLUSIVE)
        due = again or tuple(n for n in names if not (self.successes and n in once_in_a_row))
        # A look needs a check; and a gate that asks nothing else asks these as often as it says.
        return self.model_copy(update={"due": due or names, "whole": not again})

    @property
    def all_passed(self) -> bool:
        """Tell whether every newest answer is a pass."""
        return all(result.outcome is Outcome.PASSED for result in self.results.values())
