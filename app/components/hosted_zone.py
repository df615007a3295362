"""The DNS zone of the payment API, signed and logged; what it answers belongs to others."""

from __future__ import annotations

from dataclasses import replace

from cdktf import TerraformProvider, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.route53_zone import Route53Zone
from constructs import Construct

from app.components.zone_query_log import ZoneQueryLog
from app.components.zone_signing import ZoneSigning
from app.config.environment import Environment
from app.config.names import DNS_REGION, Names


class HostedZone(Construct):
    """A public zone without records of ours: those are of `service` and of the phases.

    Offers `name_servers` and `ds_record`: what the owner of the parent zone is to put there.
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
        zone = Route53Zone(
            self,
            "public",
            name=environment.dns.zone,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.name_servers: list[str] = zone.name_servers
        names = replace(Names.of(environment), region=DNS_REGION)
        signing = ZoneSigning(
            self, "signing", names=names, zone_id=zone.zone_id, provider=dns_provider
        )
        self.ds_record = signing.ds_record
        ZoneQueryLog(
            self,
            "query-log",
            names=names,
            zone=environment.dns.zone,
            zone_id=zone.zone_id,
            provider=dns_provider,
        )
