"""The address of the legacy site in the public zone."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.route53_record import Route53Record
from constructs import Construct

from app.config.environment import Environment


def legacy_record(scope: Construct, id_: str, *, environment: Environment, zone_id: str) -> None:
    """Create the plain record `legacy.<zone>`; the weighted ones that lead to it are of phases."""
    Route53Record(
        scope,
        id_,
        zone_id=zone_id,
        name=f"legacy.{environment.dns.zone}",
        type="A",
        ttl=environment.dns.ttl_seconds,
        records=[str(environment.data_centre.legacy_address)],
    )
