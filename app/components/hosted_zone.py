"""The DNS zone of the payment API, signed and logged, with the address of the legacy site in it."""

from __future__ import annotations

from dataclasses import replace

from cdktf import TerraformProvider, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from cdktf_cdktf_provider_aws.route53_zone import Route53Zone
from constructs import Construct

from app.components.zone_query_log import ZoneQueryLog
from app.components.zone_signing import ZoneSigning
from app.config.environment import Environment
from app.config.names import DNS_REGION, Names


class HostedZone(Construct):
    """A public zone and the plain record `legacy.<zone>`; the weighted records belong to phases.

    Offers `zone_id`, and `ds_record`: what the owner of the parent zone is to put there.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        environment: Environment,
        dns_provider: TerraformProvider,
    ) -> None:
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
        names = replace(Names.of(environment), region=DNS_REGION)
        signing = ZoneSigning(
            self, "signing", names=names, zone_id=zone.zone_id, provider=dns_provider
        )
        self.ds_record = signing.ds_record
        ZoneQueryLog(
            self,
            "query-log",
            names=names,
            zone=dns.zone,
            zone_id=zone.zone_id,
            provider=dns_provider,
        )
