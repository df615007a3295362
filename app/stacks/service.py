"""The workspace `service`: the functions, and the payment API's load balancer and name."""

from __future__ import annotations

from math import ceil

from constructs import Construct

from app.components.certificate import Certificate
from app.components.container_function import ContainerFunction, Placement
from app.components.function_permissions import (
    keep_evidence,
    read_features,
    read_metrics,
    read_secrets,
)
from app.components.function_target import FunctionTarget
from app.components.function_variables import api_variables, engine_variables
from app.components.hosted_zone import HostedZone
from app.components.image_repository import image_repository
from app.components.load_balancer import HTTPS, LoadBalancer
from app.components.network_lookup import NetworkLookup
from app.components.phase_template import handover_function_seconds, validation_function_seconds
from app.components.release_alias import release_alias
from app.components.security_group import SecurityGroup
from app.components.subnet_tier import ANYWHERE
from app.config.environment import Environment
from app.config.phases import Release
from app.stacks.workspace import Workspace

POSTGRESQL = 5432
# Answering after the longest hold.
API_GRACE_SECONDS = 10


class ServiceWorkspace(Workspace):
    """Finds the network by its tags; knows the logins by their names."""

    def __init__(self, scope: Construct, *, environment: Environment, release: Release) -> None:
        super().__init__(scope, name="service", environment=environment)
        self._environment = environment
        network = NetworkLookup(self, "network", names=self.names)
        placement = self._placement(network, release)
        api = self._payment_api(placement)
        self._engine(placement)
        self._entrance(network, api, release)

    def _placement(self, network: NetworkLookup, release: Release) -> Placement:
        repository_url = image_repository(self, "images", name=self.names.prefix)
        return Placement(
            image_uri=f"{repository_url}@{release.image_digest}",
            memory_megabytes=self._environment.service.memory_megabytes,
            subnet_ids=network.subnet_ids("app"),
            security_group_id=self._function_group(network).group_id,
        )

    def _function_group(self, network: NetworkLookup) -> SecurityGroup:
        group = SecurityGroup(
            self,
            "functions",
            name=f"{self.names.prefix}-functions",
            description="Functions reach the databases and AWS, nothing reaches them",
            vpc_id=network.vpc_id,
        )
        group.allow_to("aws", port=HTTPS, cidr=ANYWHERE, description="AWS APIs")
        group.allow_to(
            "legacy-database",
            port=POSTGRESQL,
            cidr=str(self._environment.data_centre.cidr),
            description="Legacy database",
        )
        for zone, block in zip(
            self._environment.zones, self._environment.network.subnets.data, strict=True
        ):
            group.allow_to(
                f"database-{zone[-1]}",
                port=POSTGRESQL,
                cidr=str(block),
                description=f"Database in {zone}",
            )
        return group

    def _payment_api(self, placement: Placement) -> ContainerFunction:
        return ContainerFunction(
            self,
            "payment-api",
            names=self.names,
            placement=placement,
            handler="app.lambdas.payment_api.handler.handler",
            timeout_seconds=ceil(self._environment.service.hold_seconds) + API_GRACE_SECONDS,
            variables=api_variables(self._environment),
            statements=(read_secrets(self.names, role="app"), read_features(self.names)),
        )

    def _engine(self, placement: Placement) -> None:
        """Create the functions that phases call, under the ARN that phases compute."""
        variables = engine_variables(self._environment)
        needs = (read_secrets(self.names, role="migration"), keep_evidence(self.names))
        ContainerFunction(
            self,
            "validator",
            names=self.names,
            placement=placement,
            handler="app.lambdas.validator.handler.handler",
            timeout_seconds=validation_function_seconds(self._environment),
            variables=variables,
            statements=(*needs, read_features(self.names), read_metrics()),
        )
        ContainerFunction(
            self,
            "handover",
            names=self.names,
            placement=placement,
            handler="app.lambdas.handover.handler.handler",
            timeout_seconds=handover_function_seconds(self._environment),
            variables=variables,
            statements=needs,
        )

    def _entrance(self, network: NetworkLookup, api: ContainerFunction, release: Release) -> None:
        group = SecurityGroup(
            self,
            "entrance",
            name=f"{self.names.prefix}-entrance",
            description="Clients reach the load balancer by HTTPS",
            vpc_id=network.vpc_id,
        )
        group.allow_from("clients", port=HTTPS, cidr=ANYWHERE, description="Clients")
        balancer = LoadBalancer(
            self,
            "entrance-balancer",
            name=self.names.load_balancer,
            subnet_ids=network.subnet_ids("web"),
            security_group_id=group.group_id,
        )
        # Here and not in `network`: its change needs half a minute, which the load balancer's
        # minute hides, and nothing in the network waits for a name.
        zone = HostedZone(self, "zone", environment=self._environment)
        certificate = Certificate(
            self, "tls", name=self._environment.dns.name, zone_id=zone.zone_id
        )
        balancer.forward(
            certificate_arn=certificate.validated_arn, weights=self._colours(api, release)
        )

    def _colours(self, api: ContainerFunction, release: Release) -> dict[str, int]:
        """Create the target groups of blue and green; return their weights by ARN."""
        weights: dict[str, int] = {}
        for colour, weight in release.weights.model_dump().items():
            alias_arn = release_alias(
                self,
                colour,
                function_name=api.name,
                newest_version=api.version,
                weight=weight,
            )
            target = FunctionTarget(
                self,
                f"target-{colour}",
                name=self.names.target_group(colour),
                function_name=api.name,
                alias=colour,
                alias_arn=alias_arn,
            )
            weights[target.group_arn] = weight
        return weights
