"""A network ACL: stateless rules for whole subnets, below the security groups."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.network_acl import NetworkAcl as AwsNetworkAcl
from cdktf_cdktf_provider_aws.network_acl_rule import NetworkAclRule
from constructs import Construct

Ports = tuple[int, int]
_FIRST_NUMBER = 100
_STEP = 10


class NetworkAcl(Construct):
    """Closed in both directions until a rule lets TCP through; answers need a rule too."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        vpc_id: str,
        subnet_ids: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        acl = AwsNetworkAcl(
            self, "list", vpc_id=vpc_id, subnet_ids=list(subnet_ids), tags={"Name": name}
        )
        self._acl_id = acl.id
        self._numbers = {False: _FIRST_NUMBER, True: _FIRST_NUMBER}

    def let_in(self, id_: str, *, ports: Ports, cidr: str) -> None:
        """Let packets from a block of addresses in, to ports of ours."""
        self._allow(f"in-{id_}", egress=False, ports=ports, cidr=cidr)

    def let_out(self, id_: str, *, ports: Ports, cidr: str) -> None:
        """Let packets to ports in a block of addresses out."""
        self._allow(f"out-{id_}", egress=True, ports=ports, cidr=cidr)

    def _allow(self, id_: str, *, egress: bool, ports: Ports, cidr: str) -> None:
        NetworkAclRule(
            self,
            id_,
            network_acl_id=self._acl_id,
            rule_number=self._numbers[egress],
            egress=egress,
            protocol="tcp",
            rule_action="allow",
            cidr_block=cidr,
            from_port=ports[0],
            to_port=ports[1],
        )
        self._numbers[egress] += _STEP
