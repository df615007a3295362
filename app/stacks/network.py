"""The workspace `network`: the VPC with its tiers, its ways out, and what watches over them."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network

from constructs import Construct

from app.components.customer_key import CustomerKey, logs_user
from app.components.data_centre_vpn import DataCentreVpn
from app.components.endpoints import Endpoints
from app.components.flow_log import VpcFlowLog
from app.components.log_group import log_group
from app.components.nat_gateways import nat_gateways
from app.components.subnet_tier import ANYWHERE, SubnetTier, Tier
from app.components.tier_acls import app_acl, data_acl, web_acl
from app.components.vpc import Network
from app.config.environment import Environment
from app.stacks.workspace import Workspace


class NetworkWorkspace(Workspace):
    """Web meets the internet; app goes out by NAT; data reaches the data centre and nothing else.

    App and data both have the route to the data centre: the functions hand the writer over and
    compare both databases, and the replication instance in the data tier copies between them.
    Aurora itself, its security group says so, opens no connection at all.
    """

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(scope, name="network", environment=environment)
        self._environment = environment
        self._network = Network(self, "network", environment=environment)
        blocks = environment.network.subnets
        web = self._tier("web", blocks.web)
        app = self._tier("app", blocks.app)
        data = self._tier("data", blocks.data)
        self._ways_out(web, app, data)
        self._borders(web, app, data)
        Endpoints(
            self,
            "endpoint",
            names=self.names,
            vpc_id=self._network.vpc_id,
            route_table_ids=list(app.route_table_ids.values()),
            subnet_ids=list(app.subnet_ids.values()),
            callers={"app": app.blocks, "data": data.blocks},
            carrier=environment.replication.carrier,
        )

    def _tier(self, id_: Tier, blocks: Sequence[IPv4Network]) -> SubnetTier:
        return SubnetTier(
            self,
            id_,
            environment=self._environment,
            vpc_id=self._network.vpc_id,
            blocks=blocks,
        )

    def _ways_out(self, web: SubnetTier, app: SubnetTier, data: SubnetTier) -> None:
        names, vpc_id = self.names, self._network.vpc_id
        key = CustomerKey(
            self,
            "logs-key",
            names=names,
            purpose="flow-logs",
            description="Logs of the network",
            users=[logs_user(names, group_prefix=names.network_log_group(""))],
            through=("logs",),
        )
        VpcFlowLog(
            self,
            "flow",
            names=names,
            vpc_id=vpc_id,
            group_name=names.network_log_group("flow"),
            key_arn=key.arn,
        )
        web.route_by_gateway("internet", to=ANYWHERE, gateway_id=self._network.internet_gateway.id)
        gateways = nat_gateways(
            self,
            "nat",
            names=names,
            public_subnet_ids=web.subnet_ids,
            internet_gateway=self._network.internet_gateway,
        )
        app.route_by_nat("nat", to=ANYWHERE, nat_gateway_ids=gateways)
        data_centre = self._environment.data_centre
        tunnels = log_group(
            self, "tunnel-log", name=names.network_log_group("vpn"), key_arn=key.arn
        )
        vpn = DataCentreVpn(
            self,
            "vpn",
            name=names.prefix,
            vpc_id=vpc_id,
            data_centre=data_centre,
            log_group_arn=tunnels.arn,
        )
        for tier in (app, data):
            tier.route_by_gateway(
                "data-centre", to=str(data_centre.cidr), gateway_id=vpn.gateway_id
            )

    def _borders(self, web: SubnetTier, app: SubnetTier, data: SubnetTier) -> None:
        name, vpc_id = self.names.prefix, self._network.vpc_id
        data_centre = str(self._environment.data_centre.cidr)
        web_acl(self, name=name, vpc_id=vpc_id, web=web)
        for acl in (app_acl, data_acl):
            acl(self, name=name, vpc_id=vpc_id, app=app, data=data, data_centre=data_centre)
