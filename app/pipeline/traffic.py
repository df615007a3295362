"""Which records the name of the payment API has in the public zone, as Route 53 holds them now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.config.network import Dns
from app.pipeline.aws import translated

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordInForce:
    """One record of the name: `site` is what sets it apart, its type for one without weights.

    An alias has no TTL of its own, in seconds.
    """

    site: str
    weight: int | None
    ttl: int | None


def records_in_force(route53: Route53Client, *, dns: Dns) -> tuple[RecordInForce, ...] | None:
    """Return every record of the payment API's name; None while there is no public zone.

    A private zone of the same name answers inside a VPC only, never a client. WorldError.
    """
    with translated(f"reading the weights of {dns.name}"):
        zone_id = public_zone(route53, zone=dns.zone)
        if zone_id is None:
            return None
        pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
        return tuple(
            RecordInForce(
                site=one.get("SetIdentifier", one["Type"]),
                weight=one.get("Weight"),
                ttl=one.get("TTL"),
            )
            for page in pages
            for one in page["ResourceRecordSets"]
            if one["Name"] == f"{dns.name}."
        )


def public_zone(route53: Route53Client, *, zone: str) -> str | None:
    """Return the id of the zone that the world may ask; None while there is none."""
    for one in route53.list_hosted_zones_by_name(DNSName=f"{zone}.")["HostedZones"]:
        if one["Name"] == f"{zone}." and not one.get("Config", {}).get("PrivateZone"):
            return one["Id"]
    return None


def weights_of(records: Iterable[RecordInForce]) -> Mapping[str, int]:
    """Return the weight of each site."""
    return {one.site: one.weight for one in records if one.weight is not None}


def wanted_weights(*, aws_percent: int) -> Mapping[str, int]:
    """Return the weights with which a phase splits clients between the sites."""
    return {"legacy": 100 - aws_percent, "aws": aws_percent}
