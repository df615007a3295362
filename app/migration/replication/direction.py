"""The names of everything that carries rows away from one site."""

from __future__ import annotations

from dataclasses import dataclass

from app.migration.sites import Site


@dataclass(frozen=True, slots=True)
class Direction:
    """From `source` to the other site. Subscription, slot and publication share a name."""

    source: Site

    @property
    def target(self) -> Site:
        """Promise the site that receives."""
        return self.source.other

    @property
    def opposite(self) -> Direction:
        """Promise the direction back."""
        return Direction(self.target)

    @property
    def data(self) -> str:
        """Promise the name of what carries business rows and markers."""
        return f"payshift_{self._word}"

    @property
    def probe(self) -> str:
        """Promise the name of what carries probes."""
        return f"payshift_probe_{self._word}"

    @property
    def marker_table(self) -> str:
        """Promise the table, inserted into at the source, that tells how far the data came."""
        return f"marker_{self.source.value}"

    @property
    def probe_table(self) -> str:
        """Promise the table, inserted into at the source, that proves that the way works."""
        return f"probe_{self.source.value}"

    @property
    def _word(self) -> str:
        return "forward" if self.source is Site.LEGACY else "reverse"
