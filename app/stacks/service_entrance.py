"""The entrance of the workspace `service`: the load balancer, its name and its firewall."""

from __future__ import annotations

from collections.abc import Mapping

from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from constructs import Construct

from app.components.access_log_bucket import AccessLogBucket
from app.components.certificate import Certificate
from app.components.firewall import Firewall
from app.components.legacy_record import legacy_record
from app.components.load_balancer import HTTP, HTTPS, LoadBalancer
from app.components.network_lookup import NetworkLookup
from app.components.security_group import SecurityGroup
from app.components.subnet_tier import ANYWHERE
from app.config.environment import Environment
from app.config.names import Names


class ServiceEntrance:
    """Creates the load balancer in the workspace; `forward` opens it, `protect` guards it."""

    def __init__(
        self,
        workspace: Construct,
        *,
        environment: Environment,
        network: NetworkLookup,
    ) -> None:
        self._workspace = workspace
        self._environment = environment
        self._names = Names.of(environment)
        self._balancer = LoadBalancer(
            workspace,
            "entrance-balancer",
            name=self._names.load_balancer,
            subnet_ids=network.subnet_ids("web"),
            security_group_id=self._security_group(vpc_id=network.vpc_id),
            access_logs=AccessLogBucket(
                workspace,
                "access-log",
                names=self._names,
                kept_days=environment.entrance.access_log_days,
            ),
        )

    def forward(self, weights: Mapping[str, int]) -> None:
        """Serve the payment API's name over TLS, split between target groups by weight."""
        dns = self._environment.dns
        # ACM issues only what the world can look up: the zone was made, and its parent named it,
        # before anything of this workspace exists.
        zone = DataAwsRoute53Zone(self._workspace, "zone", name=dns.zone, private_zone=False)
        legacy_record(
            self._workspace, "legacy-address", environment=self._environment, zone_id=zone.zone_id
        )
        certificate = Certificate(self._workspace, "tls", name=dns.name, zone_id=zone.zone_id)
        self._balancer.forward(certificate_arn=certificate.validated_arn, weights=weights)
        self._balancer.redirect()

    def protect(self, *, key_arn: str) -> None:
        """Put the firewall before the load balancer."""
        Firewall(
            self._workspace,
            "firewall",
            names=self._names,
            entrance=self._environment.entrance,
            load_balancer_arn=self._balancer.arn,
            key_arn=key_arn,
        )

    def _security_group(self, *, vpc_id: str) -> str:
        group = SecurityGroup(
            self._workspace,
            "entrance",
            name=f"{self._names.prefix}-entrance",
            description="Clients reach the load balancer by HTTPS",
            vpc_id=vpc_id,
        )
        group.allow_from("clients", port=HTTPS, cidr=ANYWHERE, description="Clients")
        group.allow_from(
            "plain-clients", port=HTTP, cidr=ANYWHERE, description="Clients, to be redirected"
        )
        return group.group_id
