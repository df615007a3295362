"""Which sites have traffic, so that a check does not wait for figures of a site without any."""

from __future__ import annotations

from app.lambdas.features_in_force import read_phase
from app.migration.sites import Site

_ALL = 100


def sites_with_traffic(parameter: str | None) -> tuple[Site, ...]:
    """Return the sites that the phase in force sends traffic to; both when that is not known."""
    phase = read_phase(parameter)
    if phase is None:
        return tuple(Site)
    busy = {Site.LEGACY: phase.aws_percent < _ALL, Site.AWS: phase.aws_percent > 0}
    return tuple(site for site, has_traffic in busy.items() if has_traffic)
