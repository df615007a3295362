"""Which weights the name of the payment API has in DNS, as Route 53 answers them now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.config.network import Dns
from app.pipeline.aws import translated

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client


def weights_in_force(route53: Route53Client, *, dns: Dns) -> Mapping[str, int]:
    """Return the weight of each site; empty while there is no zone or no weighted record."""
    with translated(f"reading the weights of {dns.name}"):
        zones = route53.list_hosted_zones_by_name(DNSName=f"{dns.zone}.")["HostedZones"]
        for zone in zones:
            if zone["Name"] == f"{dns.zone}.":
                return _weights(route53, zone["Id"], name=f"{dns.name}.")
    return {}


def _weights(route53: Route53Client, zone_id: str, *, name: str) -> Mapping[str, int]:
    pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
    return {
        record["SetIdentifier"]: record["Weight"]
        for page in pages
        for record in page["ResourceRecordSets"]
        if record["Name"] == name and "Weight" in record
    }
