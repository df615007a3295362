"""The DNS zone of the payment API, with the address of the legacy site in it."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from cdktf_cdktf_provider_aws.route53_zone import Route53Zone
from constructs import Construct

from app.config.environment import Environment


class HostedZone(Construct):
    """A public zone and the plain record `legacy.<zone>`; the weighted records belong to phases."""

    def __init__(self, scope: Construct, id_: str, *, environment: Environment) -> None:
        super().__init__(scope, id_)
        dns = environment.dns
        zone = Route53Zone(
            self,
            "public",
            name=dns.zone,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.zone_id = zone.zone_id
        Route53Record(
            self,
            "legacy",
            zone_id=zone.zone_id,
            name=f"legacy.{dns.zone}",
            type="A",
            ttl=dns.ttl_seconds,
            records=[str(environment.data_centre.legacy_address)],
        )
