"""Three subnets of one purpose, one a zone, each with a route table of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """Subnets tagged `tier` with a route table each, by the letter of the zone.

    A table for every zone, so that a gateway of one zone never serves another. Until a route is
    added there is no way out of the VPC.
    """

    def __init__(
        self,
        scope: Construct,
        id_: Tier,
        *,
        environment: Environment,
        vpc_id: str,
        blocks: Sequence[IPv4Network],
    ) -> None:
        super().__init__(scope, id_)
        self.blocks = tuple(map(str, blocks))
        subnets, tables = {}, {}
        for zone, block in zip(environment.zones, self.blocks, strict=True):
            letter = zone[-1]
            tags = {"Name": f"{Names.of(environment).prefix}-{id_}-{letter}", "tier": id_}
            subnet = Subnet(
                self,
                letter,
                vpc_id=vpc_id,
                availability_zone=zone,
                cidr_block=block,
                map_public_ip_on_launch=False,
                tags=tags,
            )
            table = RouteTable(self, f"routes-{letter}", vpc_id=vpc_id, tags=tags)
            RouteTableAssociation(
                self, f"association-{letter}", subnet_id=subnet.id, route_table_id=table.id
            )
            subnets[letter], tables[letter] = subnet.id, table.id
        self.subnet_ids: Mapping[str, str] = subnets
        self.route_table_ids: Mapping[str, str] = tables

    def route_by_gateway(self, id_: str, *, to: str, gateway_id: str) -> None:
        """Send what goes to a block of addresses through an internet or VPN gateway."""
        for letter, table_id in self.route_table_ids.items():
            Route(
                self,
                f"{id_}-{letter}",
                route_table_id=table_id,
                destination_cidr_block=to,
                gateway_id=gateway_id,
            )

    def route_by_nat(self, id_: str, *, to: str, nat_gateway_ids: Mapping[str, str]) -> None:
        """Send what goes to a block of addresses through the NAT gateway of the same zone."""
        for letter, table_id in self.route_table_ids.items():
            Route(
                self,
                f"{id_}-{letter}",
                route_table_id=table_id,
                destination_cidr_block=to,
                nat_gateway_id=nat_gateway_ids[letter],
            )
