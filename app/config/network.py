"""Settings of the network: the VPC, the data centre behind it, and the name that clients use."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from pydantic import Field, model_validator

from app.config.base import KeyPath, Settings, mistake
from app.config.values import DomainName, Label


class Subnets(Settings):
    """One CIDR block a zone, in the order of the zones."""

    web: tuple[IPv4Network, ...] = Field(min_length=3, max_length=3)
    app: tuple[IPv4Network, ...] = Field(min_length=3, max_length=3)
    data: tuple[IPv4Network, ...] = Field(min_length=3, max_length=3)

    def all(self) -> tuple[IPv4Network, ...]:
        """Return the nine blocks: web, app, data."""
        return self.web + self.app + self.data

    def located(self) -> tuple[tuple[KeyPath, IPv4Network], ...]:
        """Pair each block with its place in the file, seen from the network."""
        tiers = {"web": self.web, "app": self.app, "data": self.data}
        return tuple(
            (("subnets", tier, index), block)
            for tier, blocks in tiers.items()
            for index, block in enumerate(blocks)
        )


class Network(Settings):
    """The VPC and its tiers."""

    cidr: IPv4Network
    subnets: Subnets

    @model_validator(mode="after")
    def _subnets_fit(self) -> Network:
        blocks = self.subnets.located()
        for number, (at, block) in enumerate(blocks):
            if not block.subnet_of(self.cidr):
                raise mistake(
                    f"subnet {block} lies outside the network {self.cidr}",
                    at=at,
                    remedy=f"choose a block inside {self.cidr}",
                )
            for _, other in blocks[:number]:
                if block.overlaps(other):
                    raise mistake(
                        f"subnet {block} overlaps {other}",
                        at=at,
                        remedy="choose a block that no other subnet uses",
                    )
        return self


class DataCentre(Settings):
    """The legacy site as AWS sees it."""

    cidr: IPv4Network = Field(description="Addresses reached through the VPN.")
    legacy_address: IPv4Address = Field(description="Where clients reach the legacy payment API.")


class Dns(Settings):
    """The name that clients pay to."""

    zone: DomainName
    record: Label
    ttl_seconds: int = Field(ge=1, le=60, description="Bounds how long a client keeps an answer.")

    @property
    def name(self) -> str:
        """The fully qualified name of the payment API."""
        return f"{self.record}.{self.zone}"
