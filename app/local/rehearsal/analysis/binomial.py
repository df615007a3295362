"""The exact binomial test of a number of successes against a probability."""

from __future__ import annotations

from math import exp, lgamma, log


def two_sided_p_value(*, successes: int, draws: int, probability: float) -> float:
    """Return twice the smaller tail probability, at most 1; exact, no normal approximation.

    Probabilities 0 and 1 allow no exception: the answer is 1 when every draw obeys, else 0.
    """
    if probability <= 0 or probability >= 1:
        obeying = draws - successes if probability <= 0 else successes
        return 1.0 if obeying == draws else 0.0
    lower = sum(_mass(k, draws, probability) for k in range(successes + 1))
    upper = sum(_mass(k, draws, probability) for k in range(successes, draws + 1))
    return min(1.0, 2 * min(lower, upper))


def accepted_range(*, draws: int, probability: float, significance: float) -> tuple[int, int]:
    """Return the fewest and the most successes that are not significant."""
    if probability <= 0 or probability >= 1:
        certain = 0 if probability <= 0 else draws
        return certain, certain
    return (
        _quantile(draws=draws, probability=probability, tail=significance / 2),
        draws - _quantile(draws=draws, probability=1 - probability, tail=significance / 2),
    )


def _quantile(*, draws: int, probability: float, tail: float) -> int:
    """Return the smallest k with P(X <= k) >= tail."""
    reached = 0.0
    for k in range(draws + 1):
        reached += _mass(k, draws, probability)
        if reached >= tail:
            return k
    return draws


def _mass(k: int, n: int, p: float) -> float:
    choose = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return exp(choose + k * log(p) + (n - k) * log(1 - p))
