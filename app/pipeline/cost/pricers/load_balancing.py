"""Elastic Load Balancing: the application load balancer and what it sends to clients."""

from __future__ import annotations

from app.pipeline.cost.line import HOURS, KILOBYTES_PER_GIGABYTE, Context
from app.pipeline.cost.prices import Unpriced
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource

SERVICE = "Load balancing"
# What one capacity unit (LCU) holds: https://aws.amazon.com/elasticloadbalancing/pricing/
_NEW_CONNECTIONS_A_SECOND = 25
_LAMBDA_GIGABYTES_AN_HOUR = 0.4

free(
    "parts of the load balancer, which is billed",
    "aws_lb_listener",
    "aws_lb_listener_rule",
    "aws_lb_listener_certificate",
    "aws_lb_target_group",
    "aws_lb_target_group_attachment",
)


@priced("aws_lb", service=SERVICE)
def load_balancer(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge hours, capacity, an address in each zone, and the answers that leave AWS."""
    if resource.text("load_balancer_type", "application") != "application":
        message = f"{resource.workspace}: {resource.address} is no application load balancer"
        raise Unpriced(message, remedy="write a pricer for its load_balancer_type")
    bill.add("load balancer", HOURS, "load_balancer_hour", how="730 hours")
    requests = context.shared(resource, context.requests)
    units, said = _capacity(requests, context)
    bill.add("capacity units", units * HOURS, "load_balancer_lcu_hour", how=said)
    if resource.flag("internal"):
        return
    zones = resource.count("subnets", unknown=context.zones)
    zones = zones or len(resource.blocks("subnet_mapping"))
    bill.add("public IPv4 address", zones * HOURS, "public_ipv4_hour",
             how=f"{zones} zones * 730 hours")  # fmt: skip
    answered = requests * context.usage.response_kilobytes / KILOBYTES_PER_GIGABYTE
    bill.add("data to clients", answered, "internet_out_gigabyte",
             how="requests * response_kilobytes")  # fmt: skip


def _capacity(requests: float, context: Context) -> tuple[float, str]:
    """Return the capacity units of an average hour: the dimension that is used most."""
    usage = context.usage
    an_hour = requests / HOURS
    size = (usage.request_kilobytes + usage.response_kilobytes) / KILOBYTES_PER_GIGABYTE
    units = {
        "new connections ÷ 25 a second": an_hour / 3600 / _NEW_CONNECTIONS_A_SECOND,
        "data ÷ 0.4 GB an hour to functions": an_hour * size / _LAMBDA_GIGABYTES_AN_HOUR,
    }
    most = max(units, key=lambda name: units[name])
    return units[most], f"{most}, an average hour * 730"
