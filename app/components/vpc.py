"""The network that everything of one environment lies in, closed where nobody opened it."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.default_network_acl import DefaultNetworkAcl
from cdktf_cdktf_provider_aws.default_route_table import DefaultRouteTable
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

from app.config.environment import Environment
from app.config.names import Names


class Network(Construct):
    """A VPC with DNS inside and one internet gateway; other workspaces find it by its name tag.

    What AWS puts things into that name nothing else (security group, route table, network ACL)
    is taken over and left without any rule: forgotten means closed. Offers `vpc_id` and
    `internet_gateway`.
    """

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
        self.internet_gateway = InternetGateway(
            self, "internet", vpc_id=vpc.id, tags={"Name": name}
        )
        closed = {"Name": f"{name}-closed"}
        DefaultSecurityGroup(self, "default-group", vpc_id=vpc.id, tags=closed)
        DefaultRouteTable(
            self, "default-routes", default_route_table_id=vpc.default_route_table_id, tags=closed
        )
        DefaultNetworkAcl(
            self, "default-acl", default_network_acl_id=vpc.default_network_acl_id, tags=closed
        )
        self.vpc_id: str = vpc.id
