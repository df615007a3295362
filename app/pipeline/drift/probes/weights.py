"""Route 53 answers with the weights of the phase in force."""

from __future__ import annotations

from collections.abc import Iterator

from app.config.names import SITES
from app.pipeline.drift.context import DriftContext
from app.pipeline.probing.base import Line, Probe, judged, unknown
from app.pipeline.traffic import records_in_force, wanted_weights


class Weights:
    """The weighted records themselves, which several workspaces hold and a console can change."""

    title = "weights"
    remedy = "Look at the hosted zone in Route 53."

    def look(self, context: DriftContext) -> Iterator[Line]:
        """Compare weight and TTL of both records with the phase and the environment."""
        dns, phase = context.environment.dns, context.phase
        records = records_in_force(context.client("route53"), dns=dns)
        if records is None:
            yield unknown(
                subject=self.title,
                message=f"there is no hosted zone {dns.zone}",
                remedy="apply the foundation: payshift deliver --foundation",
            )
            return
        for site, weight in wanted_weights(aws_percent=phase.traffic.aws_percent).items():
            found = [(one.weight, one.ttl) for one in records if one.site == site]
            yield judged(
                passed=found == [(weight, dns.ttl_seconds)],
                subject=f"weight of {site}",
                message=f"{dns.name} has {_said(found)}; {phase.name} wants "
                f"{weight} with {dns.ttl_seconds} s",
                remedy="see in CloudTrail who changed it, then put it back: name "
                f"{phase.name} as live and run payshift deliver --again",
            )
        strangers = sorted(one.site for one in records if one.site not in SITES)
        yield judged(
            passed=not strangers,
            subject="other records",
            message=f"{dns.name} also has {', '.join(strangers)}" if strangers else "none",
            remedy=f"delete what payshift did not make from {dns.name}",
        )


def _said(weights: list[tuple[int | None, int | None]]) -> str:
    return ", ".join(f"{weight} with {ttl} s" for weight, ttl in weights) or "no such record"


PROBE: Probe[DriftContext] = Weights()
