"""The workspace `network`: the VPC with its tiers."""

from __future__ import annotations

from constructs import Construct

from app.components.subnet_tier import SubnetTier
from app.components.vpc import Network
from app.config.environment import Environment
from app.stacks.workspace import Workspace


class NetworkWorkspace(Workspace):
    """Public web subnets; app and data subnets without a way out."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(scope, name="network", environment=environment)
        network = Network(self, "network", environment=environment)
        blocks = environment.network.subnets
        SubnetTier(
            self,
            "web",
            environment=environment,
            vpc_id=network.vpc_id,
            blocks=blocks.web,
            internet_gateway_id=network.internet_gateway_id,
        )
        SubnetTier(self, "app", environment=environment, vpc_id=network.vpc_id, blocks=blocks.app)
        SubnetTier(self, "data", environment=environment, vpc_id=network.vpc_id, blocks=blocks.data)
