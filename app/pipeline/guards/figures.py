"""No advance while nothing is measured of a site that has traffic: its alarms believe all is well.

Alarms take missing figures for good ones, because a phase without traffic at a site has none. What
arrives from the data centre comes by an agent there, which may be missing or stand still.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.config.loading import PhaseSet
from app.config.names import Names
from app.migration.sites import Site
from app.pipeline.aws import translated
from app.pipeline.guards.base import Hold
from app.pipeline.moves import Move
from app.pipeline.site_figures import MINUTES, is_measured

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_ALL = 100
# What holds by these figures; where the observability is not delivered, nothing believes them.
_ALARM = "error-rate"
_REMEDIES = {
    Site.LEGACY: "see that the agent in the data centre runs and may publish (runbook: Figures of "
    "the data centre), then deliver again",
    Site.AWS: "resolve the payment API's name and look at the load balancer and the function's log "
    "(payshift status), then deliver again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Asks for the requests of each site that the phase in force sends traffic to."""

    cloudwatch: CloudWatchClient
    names: Names
    phases: PhaseSet
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __call__(self, move: Move, /) -> tuple[Hold, ...]:
        """Hold for each site whose alarms look at nothing."""
        with translated(f"reading the figures before {move.phase.name}"):
            return tuple(
                Hold(
                    f"nothing was measured at {site} for {MINUTES} minutes, though it has traffic: "
                    f"its alarms tell nothing",
                    _REMEDIES[site],
                )
                for site in self._watched(self._busy(move))
                if not is_measured(
                    self.cloudwatch,
                    environment=self.names.environment,
                    site=site,
                    now=self.clock(),
                )
            )

    def _busy(self, move: Move) -> tuple[Site, ...]:
        """Return the sites with traffic; before the first phase the records are not ours."""
        names = {phase.phase: phase.traffic.aws_percent for phase in self.phases.phases}
        percent = names.get(move.from_number)
        if percent is None:
            return ()
        busy = {Site.LEGACY: percent < _ALL, Site.AWS: percent > 0}
        return tuple(site for site, has_traffic in busy.items() if has_traffic)

    def _watched(self, sites: tuple[Site, ...]) -> tuple[Site, ...]:
        if not sites:
            return ()
        alarms = {f"{self.names.prefix}-{_ALARM}-{site}": site for site in sites}
        found = self.cloudwatch.describe_alarms(AlarmNames=list(alarms))["MetricAlarms"]
        return tuple(alarms[alarm["AlarmName"]] for alarm in found)
