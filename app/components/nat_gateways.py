"""A way out for what nobody outside may reach: one NAT gateway a zone."""

from __future__ import annotations

from collections.abc import Mapping

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from constructs import Construct

from app.config.names import Names


def nat_gateways(
    scope: Construct,
    id_: str,
    *,
    names: Names,
    public_subnet_ids: Mapping[str, str],
    internet_gateway: ITerraformDependable,
) -> Mapping[str, str]:
    """Create a gateway with an address of its own in each subnet; return their ids by zone letter.

    One a zone: with a shared one, the loss of its zone would take the way out from the others.
    """
    gateways = {}
    for letter, subnet_id in public_subnet_ids.items():
        tags = {"Name": f"{names.prefix}-nat-{letter}"}
        address = Eip(scope, f"{id_}-address-{letter}", domain="vpc", tags=tags)
        gateway = NatGateway(
            scope,
            f"{id_}-{letter}",
            subnet_id=subnet_id,
            allocation_id=address.id,
            connectivity_type="public",
            tags=tags,
            # Without it in the network, AWS refuses.
            depends_on=[internet_gateway],
        )
        gateways[letter] = gateway.id
    return gateways
