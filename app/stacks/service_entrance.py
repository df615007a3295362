"""The entrance of the workspace `service`: the load balancer, its name and its firewall."""

from __future__ import annotations

from collections.abc import Mapping

from cdktf import TerraformOutput, TerraformProvider
from constructs import Construct

from app.components.access_log_bucket import AccessLogBucket
from app.components.certificate import Certificate
from app.components.firewall import Firewall
from app.components.hosted_zone import HostedZone
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
        dns_provider: TerraformProvider,
    ) -> None:
        self._workspace = workspace
        self._dns_provider = dns_provider
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
        # Here and not in `network`: its change needs half a minute, which the load balancer's
        # minute hides, and nothing in the network waits for a name.
        zone = HostedZone(
            self._workspace,
            "zone",
            environment=self._environment,
            dns_provider=self._dns_provider,
        )
        TerraformOutput(
            self._workspace,
            "ds_record",
            value=zone.ds_record,
            description="For the owner of the parent zone, who vouches with it for this one",
        )
        certificate = Certificate(
            self._workspace, "tls", name=self._environment.dns.name, zone_id=zone.zone_id
        )
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
