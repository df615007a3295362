"""The observed share of traffic against the weights.

A client asks the DNS once and then sends every request of the next TTL to that address, so
requests are not independent, but answers of the DNS ("draws") are. The judgement therefore counts
the distinct draws in use during the period: with n draws, k of them for AWS, and the weight p,
k is binomial(n, p). The share is rejected when the exact two-sided p-value is below
SIGNIFICANCE; at weights 0 and 100 a single request at the other site rejects it. Reported as
`observed_aws_percent` is the share of requests. Stale clients, which no DNS answer leads, are left
out.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.local.rehearsal.analysis.binomial import accepted_range, two_sided_p_value
from app.local.rehearsal.analysis.periods import Period
from app.local.rehearsal.analysis.recording import Recording
from app.local.rehearsal.records import STALE

SIGNIFICANCE = 1e-6
"""A right split is rejected once in a million periods."""


@dataclass(frozen=True, slots=True)
class Share:
    """One period's traffic. `observed_aws_percent` is None when no request fell into it."""

    period: Period
    requests: int
    aws_requests: int
    draws: int
    aws_draws: int
    p_value: float
    accepted_draws: tuple[int, int]

    @property
    def observed_aws_percent(self) -> float | None:
        """Share of answered requests that AWS answered."""
        return round(100 * self.aws_requests / self.requests, 2) if self.requests else None

    @property
    def agrees(self) -> bool:
        """Whether there was traffic and its split is what the weights say."""
        return self.draws > 0 and self.p_value >= SIGNIFICANCE


def share(recording: Recording, period: Period) -> Share:
    """Return the share of traffic of a period."""
    requests = aws_requests = 0
    draws: dict[tuple[int, int], set[str]] = {}
    for request in recording.requests:
        asked = request.site and request.draw != STALE
        if asked and period.converged <= request.started <= period.until:
            requests += 1
            aws_requests += request.site == "aws"
            draws.setdefault((request.client, request.draw), set()).add(request.site)
    weight = period.phase.traffic.aws_percent / 100
    aws_draws = sum(_went_to_aws(sites, weight=weight) for sites in draws.values())
    return Share(
        period=period,
        requests=requests,
        aws_requests=aws_requests,
        draws=len(draws),
        aws_draws=aws_draws,
        p_value=two_sided_p_value(successes=aws_draws, draws=len(draws), probability=weight),
        accepted_draws=accepted_range(
            draws=len(draws), probability=weight, significance=SIGNIFICANCE
        ),
    )


def _went_to_aws(sites: set[str], *, weight: float) -> bool:
    """Return whether a draw led to AWS; one that both sites answered counts against weight 100."""
    return "aws" in sites if weight < 1 else sites == {"aws"}
