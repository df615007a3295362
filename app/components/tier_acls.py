"""What may pass the borders of each tier, whatever its security groups say.

Web holds the load balancer and the NAT gateways, app the functions and the endpoints, data the
databases and the replication instance. The rules know no connections: an answer is a packet to a
high port, and PostgreSQL's 5432 is one of those.
"""

from __future__ import annotations

from collections.abc import Iterator

from constructs import Construct

from app.components.network_acl import NetworkAcl
from app.components.subnet_tier import ANYWHERE, SubnetTier

HTTP, HTTPS, POSTGRESQL, HIGH = (80, 80), (443, 443), (5432, 5432), (1024, 65_535)
# The high ports without 3389, which stays closed to the world. A NAT gateway that draws it for a
# connection waits in vain for the answer: one in 64,512 connections is tried again.
HIGH_FROM_ANYWHERE = {"low": (1024, 3388), "high": (3390, 65_535)}


def web_acl(scope: Construct, *, name: str, vpc_id: str, web: SubnetTier) -> None:
    """Clients come in by HTTPS, or by HTTP to be sent to it; the app tier goes out by HTTPS."""
    acl = _acl(scope, web, name=name, vpc_id=vpc_id)
    acl.let_in("https", ports=HTTPS, cidr=ANYWHERE)
    acl.let_in("http", ports=HTTP, cidr=ANYWHERE)
    for part, ports in HIGH_FROM_ANYWHERE.items():
        acl.let_in(f"answers-{part}", ports=ports, cidr=ANYWHERE)
    acl.let_out("https", ports=HTTPS, cidr=ANYWHERE)
    acl.let_out("answers", ports=HIGH, cidr=ANYWHERE)


def app_acl(
    scope: Construct,
    *,
    name: str,
    vpc_id: str,
    app: SubnetTier,
    data: SubnetTier,
    data_centre: str,
) -> None:
    """Only answers come in, and calls of the endpoints from app and data."""
    acl = _acl(scope, app, name=name, vpc_id=vpc_id)
    for part, ports in HIGH_FROM_ANYWHERE.items():
        acl.let_in(f"answers-{part}", ports=ports, cidr=ANYWHERE)
    acl.let_out("https", ports=HTTPS, cidr=ANYWHERE)
    acl.let_out("legacy-database", ports=POSTGRESQL, cidr=data_centre)
    for neighbour, block in _blocks(app, data):
        acl.let_in(f"endpoints-{neighbour}", ports=HTTPS, cidr=block)
        acl.let_out(neighbour, ports=HIGH, cidr=block)


def data_acl(
    scope: Construct,
    *,
    name: str,
    vpc_id: str,
    app: SubnetTier,
    data: SubnetTier,
    data_centre: str,
) -> None:
    """App and data talk to each other; the replication instance reaches the legacy database."""
    acl = _acl(scope, data, name=name, vpc_id=vpc_id)
    acl.let_in("legacy-answers", ports=HIGH, cidr=data_centre)
    acl.let_out("legacy-database", ports=POSTGRESQL, cidr=data_centre)
    for neighbour, block in _blocks(app, data):
        acl.let_in(neighbour, ports=HIGH, cidr=block)
        acl.let_out(neighbour, ports=HIGH, cidr=block)
    for neighbour, block in _blocks(app):
        # The replication instance reads its logins through the endpoint there.
        acl.let_out(f"endpoints-{neighbour}", ports=HTTPS, cidr=block)


def _acl(scope: Construct, tier: SubnetTier, *, name: str, vpc_id: str) -> NetworkAcl:
    return NetworkAcl(
        scope,
        f"acl-{tier.node.id}",
        name=f"{name}-{tier.node.id}",
        vpc_id=vpc_id,
        subnet_ids=list(tier.subnet_ids.values()),
    )


def _blocks(*tiers: SubnetTier) -> Iterator[tuple[str, str]]:
    """Yield each subnet's block with a name such as `app-a`."""
    for tier in tiers:
        for letter, block in zip(tier.subnet_ids, tier.blocks, strict=True):
            yield f"{tier.node.id}-{letter}", block
