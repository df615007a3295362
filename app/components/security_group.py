"""Security groups whose rules are resources of their own.

Inline rules make cdktf write nulls that let a scanner pass an open port.
"""

from __future__ import annotations

from cdktf_cdktf_provider_aws.security_group import SecurityGroup as AwsSecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct


class SecurityGroup(Construct):
    """Closed in both directions until a rule opens one TCP port to one block of addresses."""

    def __init__(
        self, scope: Construct, id_: str, *, name: str, description: str, vpc_id: str
    ) -> None:
        super().__init__(scope, id_)
        group = AwsSecurityGroup(
            self,
            "group",
            name=name,
            description=description,
            vpc_id=vpc_id,
            tags={"Name": name},
        )
        self.group_id: str = group.id

    def allow_from(self, id_: str, *, port: int, cidr: str, description: str) -> None:
        """Let connections from a block of addresses in."""
        VpcSecurityGroupIngressRule(
            self,
            f"from-{id_}",
            security_group_id=self.group_id,
            description=description,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4=cidr,
        )

    def allow_to(self, id_: str, *, port: int, cidr: str, description: str) -> None:
        """Let connections to a block of addresses out."""
        VpcSecurityGroupEgressRule(
            self,
            f"to-{id_}",
            security_group_id=self.group_id,
            description=description,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4=cidr,
        )
