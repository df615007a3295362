"""The workspace `service`: the functions, and the payment API's load balancer and name."""

from __future__ import annotations

from dataclasses import replace

from constructs import Construct

from app.components.change_topic import ChangeTopic
from app.components.container_function import Placement
from app.components.customer_key import CustomerKey, account_user, logs_user
from app.components.failure_queue import failure_queue
from app.components.network_lookup import NetworkLookup
from app.config.environment import Environment
from app.config.phases import Release
from app.stacks.service_entrance import ServiceEntrance
from app.stacks.service_functions import ServiceFunctions
from app.stacks.workspace import Workspace


class ServiceWorkspace(Workspace):
    """Finds the network by its tags, the zone by its name; knows logins and images by names."""

    def __init__(self, scope: Construct, *, environment: Environment, release: Release) -> None:
        super().__init__(scope, name="service", environment=environment)
        self._environment = environment
        network = NetworkLookup(self, "network", names=self.names)
        key = self._key()
        functions = ServiceFunctions(self, environment=environment)
        images = self._images(release)
        placement = self._placement(
            network,
            image_uri=images["engine"],
            group_id=functions.security_group(vpc_id=network.vpc_id),
            key=key,
        )
        weights = {
            functions.colour(colour, replace(placement, image_uri=images[colour])): weight
            for colour, weight in release.weights.model_dump().items()
        }
        functions.engine(placement)
        functions.secret_rotation(placement)
        functions.comparison(placement)
        entrance = ServiceEntrance(self, environment=environment, network=network)
        entrance.forward(weights)
        entrance.protect(key_arn=key.arn)
        # Here because every phase waits for this workspace, and nothing else for the topic.
        ChangeTopic(
            self,
            "changes",
            names=self.names,
            subscribers=environment.observability.change_subscribers,
        )

    def _key(self) -> CustomerKey:
        """Create the key of variables, failures, comparisons, and of all these parts' logs."""
        functions = logs_user(self.names, group_prefix=f"/aws/lambda/{self.names.prefix}-")
        firewall = logs_user(self.names, group_prefix=self.names.firewall_log_group)
        comparison = logs_user(self.names, group_prefix=self.names.comparison_log_group)
        return CustomerKey(
            self,
            "functions-key",
            names=self.names,
            purpose="functions",
            description="Variables, logs, failures of functions; comparisons; firewall log",
            users=(
                replace(functions, sid="FunctionLogs"),
                replace(firewall, sid="FirewallLogs"),
                replace(comparison, sid="ComparisonLogs"),
                # Opens what executions hold before it goes to the log.
                account_user(self.names, sid="LogDelivery", service="delivery.logs.amazonaws.com"),
            ),
        )

    def _images(self, release: Release) -> dict[str, str]:
        """Return the image of each colour and of the engine; the repository is in `bootstrap`."""
        repository = self.names.image_repository_url
        digests = release.images.model_dump()
        return {name: f"{repository}@{digest}" for name, digest in digests.items()}

    def _placement(
        self, network: NetworkLookup, *, image_uri: str, group_id: str, key: CustomerKey
    ) -> Placement:
        return Placement(
            image_uri=image_uri,
            memory_megabytes=self._environment.service.memory_megabytes,
            subnet_ids=network.subnet_ids("app"),
            security_group_id=group_id,
            key_arn=key.arn,
            failure_queue_arn=failure_queue(
                self, "failures", name=self.names.failure_queue, key_arn=key.arn
            ),
        )
