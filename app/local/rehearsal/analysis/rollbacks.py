"""How long going back took, for those who pay."""

from __future__ import annotations

from dataclasses import dataclass

from app.config.phases import Phase
from app.local.rehearsal.analysis.periods import Period
from app.local.rehearsal.analysis.recording import Recording


@dataclass(frozen=True, slots=True)
class Rollback:
    """One revert: `seconds` from its push to the first moment after which the old phase is gone."""

    from_phase: str
    to_phase: str
    pushed: float
    gone_at: float

    @property
    def seconds(self) -> float:
        """Seconds from the push of the revert."""
        return round(self.gone_at - self.pushed, 3)


def rollback(recording: Recording, period: Period, *, phases: dict[str, Phase]) -> Rollback:
    """Return when the phase that a revert took back was gone.

    A request is served against the old phase when it was sent on a DNS answer drawn before the
    new weights were seen, or when its answer names the old phase's writer and the new phase has
    another. The old phase is gone after the latest of: the first sample with the new weights, the
    first sample with the new writer, and the last answer to a request served against the old phase.
    """
    step = period.step
    old, new = phases[step.from_phase], period.phase
    gone = period.weights_at
    for sample in recording.database:
        if sample.at >= step.pushed and sample.writer == new.features.writer:
            gone = max(gone, sample.at)
            break
    old_writer = "" if old.features.writer == new.features.writer else old.features.writer
    for request in recording.requests:
        if not step.pushed <= request.ended <= period.until:
            continue
        drawn = recording.drawn_at.get((request.client, request.draw), request.started)
        on_old_answer = drawn < period.weights_at
        if on_old_answer or (old_writer and request.writer == old_writer):
            gone = max(gone, request.ended)
    return Rollback(step.from_phase, step.phase, step.pushed, gone)
