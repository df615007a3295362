"""AWS Site-to-Site VPN: the connection to the data centre and what leaves through it."""

from __future__ import annotations

from app.pipeline.cost.line import HOURS, Context
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource

TUNNELS = 2

free(
    "the connection is billed, not its ends and its routes",
    "aws_vpn_gateway",
    "aws_vpn_gateway_attachment",
    "aws_vpn_gateway_route_propagation",
    "aws_vpn_connection_route",
    "aws_customer_gateway",
)


@priced("aws_vpn_connection", service="VPN")
def connection(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the hours, the public address of each tunnel, and the traffic to the data centre."""
    usage = context.usage
    out = usage.vpn_out_gigabytes_per_month + usage.replication_gigabytes_per_month
    bill.add("VPN connection", HOURS, "vpn_connection_hour", how="730 hours")
    if resource.text("preshared_key_storage", "Standard") == "SecretsManager":
        bill.add("pre-shared keys", 1, "secret", how="kept by AWS in one secret")
    bill.add(
        "public IPv4 address", TUNNELS * HOURS, "public_ipv4_hour", how="2 tunnels * 730 hours"
    )
    bill.add(
        "data to the data centre",
        context.shared(resource, out),
        "internet_out_gigabyte",
        how="vpn_out_gigabytes_per_month + replication_gigabytes_per_month (the way back)",
    )
