"""An estimate as a table for people."""

from __future__ import annotations

from app.pipeline.cost.difference import Difference
from app.pipeline.cost.estimate import Estimate
from app.pipeline.cost.prices import PriceList

_LARGEST = 8
_WIDTH = 68


def estimate_lines(found: Estimate, prices: PriceList) -> list[str]:
    """Show workspaces and services, the dearest lines, the total, and what the prices rest on."""
    lines = [f"{'workspace':<16}{'service':<40}{'USD a month':>12}"]
    last = ""
    for (workspace, service), usd in found.services.items():
        shown = "" if workspace == last else workspace
        lines.append(f"{shown:<16}{service:<40}{usd:>12,.2f}")
        last = workspace
    lines += ["─" * _WIDTH, f"{'total':<16}{'':<40}{found.usd:>12,.2f}"]
    lines.append(f"{'limit':<16}{'':<40}{found.limit_usd:>12,.2f}")
    lines += ["", "dearest:"]
    for line in found.largest(_LARGEST):
        if line.usd > 0:
            lines.append(f"{line.usd:>10,.2f}  {line.resource}: {line.name}, {line.how}")
    lines += ["", _basis(prices)]
    return lines


def difference_lines(found: Difference) -> list[str]:
    """Show what became dearer or cheaper, and the sum."""
    lines = ["", f"against {found.other}: {found.usd:+,.2f} USD a month"]
    return lines + [
        f"{one.usd:>+10,.2f}  {one.workspace}: {one.resource}: {one.name}"
        f" ({one.before:,.2f} → {one.after:,.2f})"
        for one in found.changes
    ]


def _basis(prices: PriceList) -> str:
    dates = sorted(one.looked_up for one in prices.prices.values())
    elsewhere, assumed = prices.taken_from_elsewhere(), prices.assumed()
    return (
        f"{len(prices.prices)} prices for {prices.region}, looked up {dates[0]} to {dates[-1]}:"
        f" {len(elsewhere)} of another region taken as equal, {len(assumed)} assumed"
    )
