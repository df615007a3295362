"""The network as other workspaces see it: found by tags, never through another's state."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.data_aws_subnets import DataAwsSubnets, DataAwsSubnetsFilter
from cdktf_cdktf_provider_aws.data_aws_vpc import DataAwsVpc
from constructs import Construct

from app.components.subnet_tier import Tier
from app.config.names import Names


class NetworkLookup(Construct):
    """The environment's VPC and the subnets of its tiers."""

    def __init__(self, scope: Construct, id_: str, *, names: Names) -> None:
        super().__init__(scope, id_)
        self.vpc_id: str = DataAwsVpc(self, "vpc", tags={"Name": names.prefix}).id

    def subnet_ids(self, tier: Tier) -> Sequence[str]:
        """Return the ids of a tier's three subnets."""
        filters = [
            DataAwsSubnetsFilter(name="vpc-id", values=[self.vpc_id]),
            DataAwsSubnetsFilter(name="tag:tier", values=[tier]),
        ]
        return DataAwsSubnets(self, tier, filter=filters).ids
