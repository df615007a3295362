"""Settings of the network: the VPC, the data centre behind it, and the name that clients use."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from pydantic import Field, model_validator

from app.config.base import KeyPath, Settings, mistake
from app.config.values import DomainName, Host, Label

# What AWS allows for a VPC, and for a subnet the smaller end.
VPC_PREFIXES = (16, 28)


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
    def _aws_accepts_the_blocks(self) -> Network:
        if not VPC_PREFIXES[0] <= self.cidr.prefixlen <= VPC_PREFIXES[1]:
            raise mistake(
                f"a VPC cannot have the {self.cidr.num_addresses} addresses of {self.cidr}",
                at=("cidr",),
                remedy="write a network between /16 and /28, such as 10.0.0.0/16",
            )
        if not self.cidr.is_private:
            raise mistake(
                f"{self.cidr} belongs to somebody else on the internet",
                at=("cidr",),
                remedy="write a private network such as 10.0.0.0/16",
            )
        for at, block in self.subnets.located():
            if block.prefixlen > VPC_PREFIXES[1]:
                raise mistake(
                    f"subnet {block} is too small",
                    at=at,
                    remedy="write a block of /28 or larger",
                )
        return self

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
    database_host: Host = Field(
        description="Of the legacy database: an address in `cidr`, or a name that the public DNS "
        "resolves to one. Its certificate must name it, letter by letter."
    )
    gateway_address: IPv4Address = Field(description="Public address of the VPN device.")
    bgp_asn: int = Field(
        ge=1,
        le=2_147_483_647,
        description="Of the VPN device; AWS wants it with static routes too.",
    )

    @model_validator(mode="after")
    def _gateway_is_outside_its_tunnel(self) -> DataCentre:
        if self.gateway_address in self.cidr:
            raise mistake(
                f"the gateway {self.gateway_address} lies behind itself, in {self.cidr}",
                at=("gateway_address",),
                remedy="write the public address at which AWS reaches the VPN device",
            )
        return self

    @model_validator(mode="after")
    def _the_database_is_behind_the_vpn(self) -> DataCentre:
        if not self.database_host[-1].isdigit():
            return self
        try:
            inside = IPv4Address(self.database_host) in self.cidr
        except ValueError:
            inside = False
        if not inside:
            raise mistake(
                f"the legacy database {self.database_host} is no address in {self.cidr}, "
                "so nothing in the VPC reaches it",
                at=("database_host",),
                remedy=f"write its address in {self.cidr}, or a name that resolves to one",
            )
        return self


class Dns(Settings):
    """The name that clients pay to."""

    zone: DomainName
    record: Label
    ttl_seconds: int = Field(ge=1, le=60, description="Bounds how long a client keeps an answer.")

    @property
    def name(self) -> str:
        """The fully qualified name of the payment API."""
        return f"{self.record}.{self.zone}"
