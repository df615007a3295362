"""The model of `environments/<name>.yaml`: where a target lives and how large it is.

One section a workspace or concern, each in a module of its own; what relates sections is here.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from app.config.base import Settings, mistake
from app.config.carrier import DMS_HANDOVER_SECONDS, DMS_HOLD_SECONDS, DMS_PAUSE_MILLISECONDS
from app.config.cost import Cost
from app.config.database import Database
from app.config.delivery import Delivery
from app.config.entrance import Entrance
from app.config.evidence import EvidenceSettings
from app.config.gates import GateSettings
from app.config.network import DataCentre, Dns, Network
from app.config.observability import Observability
from app.config.replication import Replication
from app.config.rotation import Rotation
from app.config.service import PhaseTimes, Service
from app.config.values import AccountId, Label, Name, Region, Zone

# DMS allows 31 characters in `<name>-reverse-probe`.
_LONGEST_NAME = 17


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
    gates: GateSettings = GateSettings()
    cost: Cost
    database: Database
    evidence: EvidenceSettings
    entrance: Entrance
    rotation: Rotation
    replication: Replication
    observability: Observability
    delivery: Delivery
    schema_version: Literal[1] = 1

    @model_validator(mode="after")
    def _the_name_fits_everywhere(self) -> Environment:
        if len(self.name) > _LONGEST_NAME or "--" in self.name or self.name.endswith("-"):
            raise mistake(
                f"name {self.name} does not fit into the names of AWS's resources",
                at=("name",),
                remedy=f"write at most {_LONGEST_NAME} letters, digits and single hyphens",
            )
        return self

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

    @model_validator(mode="after")
    def _the_carrier_has_its_time(self) -> Environment:
        """DMS takes seconds where PostgreSQL takes milliseconds: everybody who waits must know."""
        if self.replication.carrier != "dms":
            return self
        least = {
            ("service", "hold_seconds"): (self.service.hold_seconds, DMS_HOLD_SECONDS),
            ("phase_times", "handover_deadline_seconds"): (
                self.phase_times.handover_deadline_seconds,
                DMS_HANDOVER_SECONDS,
            ),
            ("observability", "limits", "pause_milliseconds"): (
                self.observability.limits.pause_milliseconds,
                DMS_PAUSE_MILLISECONDS,
            ),
        }
        for where, (given, needed) in least.items():
            if given < needed:
                raise mistake(
                    f"{given:g} is too little for rows that DMS carries",
                    at=where,
                    remedy=f"write at least {needed}, or carrier: logical",
                )
        return self
