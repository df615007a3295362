"""Looks at the checks again and again until they agree, the time is over, or a turn is."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from app.lambdas.validator.progress import Progress
from app.lambdas.validator.verdict import Verdict
from app.migration.checks.base import CheckResult, Outcome

Look = Callable[[], CheckResult]

# What a check that was never asked may need of a turn, and how much longer than ever one may take.
_UNKNOWN_SHARE = 0.25
_LONGER = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When to be content and when to stop; `once` is one look, whatever it finds.

    `seconds` are left to all turns together, of which `turn_seconds` to this one.
    """

    seconds: float
    turn_seconds: float
    successes: int = 1
    pause_seconds: float = 1.0
    once: bool = False


class Looks:
    """One gate's looks in one turn, going on from the progress of the turns before.

    The checks `once_in_a_row` are asked at the first of successes that follow each other.
    """

    def __init__(
        self, checks: Mapping[str, Look], *, patience: Patience, once_in_a_row: Collection[str]
    ) -> None:
        self._checks = checks
        self._once_in_a_row = once_in_a_row
        self._patience = patience
        self._end = time.monotonic() + patience.seconds
        self._turn_end = time.monotonic() + patience.turn_seconds

    def run(self, progress: Progress) -> Verdict | Progress:
        """Look until all passed often enough, one failed, or the time is over: then a verdict.

        Only inconclusive checks are looked at again; but what passed early may have changed
        meanwhile, so a success is only a look at all of them in which every one passed. When the
        turn ends first the progress is returned, to go on from; each turn asks at least one check.
        A check that the turn's end has cut is asked again in the next, unless it had this one to
        itself: then no turn is long enough.
        """
        asked = 0
        while True:
            while progress.due:
                if asked and not self._fits(progress.due[0], progress):
                    # Whoever looks once does not go on.
                    return self._verdict(progress) if self._patience.once else progress
                name, before = progress.due[0], progress
                progress = self._ask(name, before)
                if progress.results[name].cut:
                    hopeless = self._patience.once or not asked
                    return self._verdict(progress) if hopeless else before
                asked += 1
            progress = progress.looked()
            verdict = self._verdict(progress)
            # What follows a look at a part is a look at everything, at once.
            pause = 0.0 if progress.all_passed and not progress.whole else self._pause
            if self._is_over(verdict, progress, pause=pause):
                return verdict
            progress = progress.next_look(self._checks, once_in_a_row=self._once_in_a_row)
            if time.monotonic() + pause > self._turn_end:
                return progress
            time.sleep(pause)

    @property
    def _pause(self) -> float:
        return self._patience.pause_seconds

    def _ask(self, name: str, progress: Progress) -> Progress:
        begun = time.monotonic()
        result = self._checks[name]()
        return progress.answered(result, name=name, seconds=time.monotonic() - begun)

    def _verdict(self, progress: Progress) -> Verdict:
        return Verdict(
            results=tuple(
                progress.results[name] for name in self._checks if name in progress.results
            ),
            unasked=tuple(name for name in self._checks if name not in progress.results),
            looks=progress.looks,
            successes=progress.successes,
            wanted=1 if self._patience.once else self._patience.successes,
        )

    def _is_over(self, verdict: Verdict, progress: Progress, *, pause: float) -> bool:
        if self._patience.once or verdict.outcome is not Outcome.INCONCLUSIVE:
            return True
        return time.monotonic() + pause > self._end and not (
            progress.all_passed and not progress.whole
        )

    def _fits(self, name: str, progress: Progress) -> bool:
        known = progress.seconds.get(name)
        needed = self._patience.turn_seconds * _UNKNOWN_SHARE if known is None else known * _LONGER
        return time.monotonic() + needed <= self._turn_end
