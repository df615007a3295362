"""Three subnets of one purpose, one a zone, with the way out that the purpose allows."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Literal

from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from constructs import Construct

from app.config.environment import Environment
from app.config.names import Names

Tier = Literal["web", "app", "data"]
ANYWHERE = "0.0.0.0/0"


class SubnetTier(Construct):
    """Subnets tagged `tier` with a route table each.

    A table for every zone, so that a gateway of one zone never serves another. Without
    `internet_gateway_id` there is no route out of the VPC.
    """

    def __init__(
        self,
        scope: Construct,
        id_: Tier,
        *,
        environment: Environment,
        vpc_id: str,
        blocks: Sequence[IPv4Network],
        internet_gateway_id: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        for zone, block in zip(environment.zones, blocks, strict=True):
            letter = zone[-1]
            tags = {"Name": f"{Names.of(environment).prefix}-{id_}-{letter}", "tier": id_}
            subnet = Subnet(
                self,
                letter,
                vpc_id=vpc_id,
                availability_zone=zone,
                cidr_block=str(block),
                map_public_ip_on_launch=False,
                tags=tags,
            )
            table = RouteTable(self, f"routes-{letter}", vpc_id=vpc_id, tags=tags)
            RouteTableAssociation(
                self, f"association-{letter}", subnet_id=subnet.id, route_table_id=table.id
            )
            if internet_gateway_id is not None:
                Route(
                    self,
                    f"internet-{letter}",
                    route_table_id=table.id,
                    destination_cidr_block=ANYWHERE,
                    gateway_id=internet_gateway_id,
                )
