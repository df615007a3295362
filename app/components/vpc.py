"""The network that everything of one environment lies in."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

from app.config.environment import Environment
from app.config.names import Names


class Network(Construct):
    """A VPC with DNS inside and one internet gateway; other workspaces find it by its name tag."""

    def __init__(self, scope: Construct, id_: str, *, environment: Environment) -> None:
        super().__init__(scope, id_)
        name = Names.of(environment).prefix
        vpc = Vpc(
            self,
            "vpc",
            cidr_block=str(environment.network.cidr),
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": name},
        )
        gateway = InternetGateway(self, "internet", vpc_id=vpc.id, tags={"Name": name})
        self.vpc_id: str = vpc.id
        self.internet_gateway_id: str = gateway.id
