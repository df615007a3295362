"""Production is in the phase that `live` names, with the features that its file says."""

from __future__ import annotations

from collections.abc import Iterator

from app.pipeline.drift.context import DriftContext
from app.pipeline.probing.base import Line, Probe, judged


class LivePhase:
    """The parameter that the payment API reads, against `phases/`."""

    title = "live phase"
    remedy = "Look at the parameter with the features, and at who wrote it."

    def look(self, context: DriftContext) -> Iterator[Line]:
        """Compare the phase in force with the wanted one, then its features with its file."""
        world, wanted = context.world, context.phases.live_phase
        yield judged(
            passed=world.number == wanted.phase,
            subject="live phase",
            message=f"production is {world}; Git wants {wanted.name}",
            remedy="run payshift deliver, or revert live so that Git agrees",
        )
        phase = context.phase
        written = {"aws_percent": world.aws_percent, **world.features}
        meant = {
            "aws_percent": phase.traffic.aws_percent,
            **phase.features.model_dump(mode="json"),
        }
        different = sorted(
            name for name in written.keys() | meant.keys() if written.get(name) != meant.get(name)
        )
        what = ", ".join(
            f"{name} is {written.get(name)}, not {meant.get(name)}" for name in different
        )
        yield judged(
            passed=not different,
            subject="features",
            message=what or f"as {phase.name} says",
            remedy=f"see who wrote {context.names.features_parameter}, "
            "then run payshift deliver --again",
        )


PROBE: Probe[DriftContext] = LivePhase()
