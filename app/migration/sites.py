"""The two places a database can be."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.migration.connection import DatabaseSettings


class Site(StrEnum):
    """`legacy` is the data centre, `aws` the target."""

    LEGACY = "legacy"
    AWS = "aws"

    @property
    def other(self) -> Site:
        """Promise the other site; `site.other.other == site`."""
        return Site.AWS if self is Site.LEGACY else Site.LEGACY


Databases = Mapping[Site, DatabaseSettings]
