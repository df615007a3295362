"""Amazon VPC: NAT gateways, endpoints, public addresses, flow logs."""

from __future__ import annotations

from app.pipeline.cost.line import HOURS, Context
from app.pipeline.cost.prices import Unpriced
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource

SERVICE = "VPC"

free(
    "a VPC and what only describes it cost nothing",
    "aws_vpc",
    "aws_subnet",
    "aws_route_table",
    "aws_default_route_table",
    "aws_main_route_table_association",
    "aws_route",
    "aws_route_table_association",
    "aws_internet_gateway",
    "aws_network_acl",
    "aws_network_acl_rule",
    "aws_network_acl_association",
    "aws_default_network_acl",
    "aws_default_security_group",
    "aws_security_group",
    "aws_security_group_rule",
    "aws_vpc_security_group_ingress_rule",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_dhcp_options",
    "aws_vpc_dhcp_options_association",
)
free(
    "the endpoint itself is billed",
    "aws_vpc_endpoint_policy",
    "aws_vpc_endpoint_route_table_association",
    "aws_vpc_endpoint_security_group_association",
)


@priced("aws_nat_gateway", service=SERVICE)
def nat_gateway(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the hours and this gateway's share of what passes through all of them."""
    volume = context.shared(resource, context.usage.nat_gigabytes_per_month)
    bill.add("NAT gateway", HOURS, "nat_gateway_hour", how="730 hours")
    bill.add("NAT data", volume, "nat_gigabyte", how="nat_gigabytes_per_month, shared by all")


@priced("aws_eip", service=SERVICE)
def public_address(_resource: Resource, _context: Context, bill: Bill) -> None:
    """Charge the address, attached or not."""
    bill.add("public IPv4 address", HOURS, "public_ipv4_hour", how="730 hours")


@priced("aws_vpc_endpoint", service=SERVICE)
def endpoint(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge interface endpoints for each zone; gateway endpoints cost nothing."""
    if not _is_interface(resource):
        return
    zones = resource.count("subnet_ids", unknown=context.zones)
    volume = context.shared(resource, context.usage.endpoint_gigabytes_per_month, by=_is_interface)
    bill.add("interface endpoint", zones * HOURS, "endpoint_hour", how=f"{zones} zones * 730 hours")
    bill.add(
        "endpoint data",
        volume,
        "endpoint_gigabyte",
        how="endpoint_gigabytes_per_month, shared by all",
    )


@priced("aws_flow_log", service="CloudWatch Logs")
def flow_log(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the delivery: to a log group or to a bucket."""
    volume = context.shared(resource, context.usage.flow_log_gigabytes_per_month)
    to_bucket = resource.text("log_destination_type", "cloud-watch-logs") == "s3"
    price = "log_delivery_to_s3_gigabyte" if to_bucket else "log_ingestion_gigabyte"
    bill.add("flow log", volume, price, how="flow_log_gigabytes_per_month")


def _is_interface(resource: Resource) -> bool:
    kind = resource.text("vpc_endpoint_type", "Gateway")
    if kind not in ("Gateway", "Interface"):
        message = f"{resource.workspace}: {resource.address} has no price: it is a {kind} endpoint"
        raise Unpriced(message, remedy="write a pricer for this vpc_endpoint_type")
    return kind == "Interface"
