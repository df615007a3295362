"""The model of `environments/<name>.yaml`: where a target lives and how large it is."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.config.base import KeyPath, Settings, mistake

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,20}$", examples=["production"])]
AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$", examples=['"123456789012", in quotes'])]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$", examples=["us-east-2"])]
Zone = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", examples=["us-east-2a"])]
DomainName = Annotated[
    str, Field(pattern=r"^([a-z0-9-]{1,63}\.)+[a-z]{2,63}$", examples=["payments.example.com"])
]
Label = Annotated[
    str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", examples=["payments-platform"])
]


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


class ProvisionedConcurrency(Settings):
    """Bounds of the autoscaling of the payment API."""

    minimum: int = Field(ge=2, le=10)
    maximum: int = Field(ge=2, le=10)

    @model_validator(mode="after")
    def _ordered(self) -> ProvisionedConcurrency:
        if self.minimum > self.maximum:
            raise mistake(
                f"minimum {self.minimum} is above maximum {self.maximum}",
                at=("minimum",),
                remedy=f"write a minimum of at most {self.maximum}",
            )
        return self


class Service(Settings):
    """The functions."""

    memory_megabytes: int = Field(ge=128, le=10_240)
    hold_seconds: float = Field(
        gt=0, le=20, description="Longest time a request waits for a database that accepts writes."
    )
    provisioned_concurrency: ProvisionedConcurrency


class PhaseTimes(Settings):
    """How long the steps of a phase may take."""

    validation_deadline_seconds: int = Field(ge=5, le=840)
    handover_deadline_seconds: int = Field(ge=5, le=300)
    dns_margin_seconds: int = Field(
        ge=0, le=60, description="Added to the TTL before the writer moves."
    )
    bake: bool = Field(default=True, description="Whether phases hold for their bake_minutes.")


class Environment(Settings):
    """One target: an account, a region, its sizes and names."""

    name: Name
    account_id: AccountId
    region: Region
    zones: tuple[Zone, ...] = Field(min_length=3, max_length=3)
    owner: Label
    cost_centre: Label
    s3_path_style: bool = Field(
        default=False, description="For S3-compatible endpoints without bucket host names."
    )
    network: Network
    data_centre: DataCentre
    dns: Dns
    service: Service
    phase_times: PhaseTimes
    schema_version: Literal[1] = 1

    @model_validator(mode="after")
    def _places_agree(self) -> Environment:
        for index, zone in enumerate(self.zones):
            if not zone.startswith(self.region):
                raise mistake(
                    f"zone {zone} is not in region {self.region}",
                    at=("zones", index),
                    remedy=f"write a zone such as {self.region}a",
                )
            if zone in self.zones[:index]:
                raise mistake(
                    f"zone {zone} is named twice",
                    at=("zones", index),
                    remedy="name three different zones",
                )
        if self.network.cidr.overlaps(self.data_centre.cidr):
            raise mistake(
                f"the data centre's {self.data_centre.cidr} overlaps the VPC's {self.network.cidr}",
                at=("data_centre", "cidr"),
                remedy="give the VPC a range that the data centre does not use",
            )
        return self
