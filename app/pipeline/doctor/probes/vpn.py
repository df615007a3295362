"""Both tunnels to the data centre are up, and routes lead through them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.pipeline.doctor.context import DoctorContext
from app.pipeline.probing.base import Line, Probe, judged, unknown

TUNNELS = 2
_ENDED = {"deleted", "deleting"}


class Vpn:
    """What AWS sees of the connection; the device's own side is not asked."""

    title = "VPN"
    remedy = "Ask for ec2:DescribeVpnConnections and ec2:DescribeRouteTables."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Tell of each connection of the target how tunnels and routes are."""
        ec2, cidr = context.client("ec2"), str(context.environment.data_centre.cidr)
        found = [
            one for one in ec2.describe_vpn_connections()["VpnConnections"]
            if one["State"] not in _ENDED and _name(one).startswith(f"{context.names.prefix}")
        ]  # fmt: skip
        if not found:
            message = "there is no connection yet"
            remedy = "the network makes it: payshift deliver --foundation --only network"
            yield unknown(subject=self.title, message=message, remedy=remedy)
        for one in found:
            up = [tunnel for tunnel in one.get("VgwTelemetry", []) if tunnel["Status"] == "UP"]
            address = context.environment.data_centre.gateway_address
            yield judged(
                passed=len(up) >= TUNNELS,
                subject=f"tunnels of {one['VpnConnectionId']}",
                message=f"{len(up)} of {TUNNELS} are up",
                remedy=f"configure both tunnels on the device at {address}: "
                "aws ec2 get-vpn-connection-device-sample-configuration",
            )
            routes = [route["DestinationCidrBlock"] for route in one.get("Routes", [])
                      if route.get("State") == "available"]  # fmt: skip
            yield judged(
                passed=cidr in routes,
                subject=f"routes of {one['VpnConnectionId']}",
                message=f"{', '.join(routes) or 'none'}; the data centre is {cidr}",
                remedy="apply the network: payshift deliver --foundation --only network",
            )
            yield from self._tables(ec2, one, cidr)

    @staticmethod
    def _tables(ec2: Any, connection: dict[str, Any], cidr: str) -> Iterator[Line]:  # noqa: ANN401  # boto3's own
        gateway = connection.get("VpnGatewayId", "")
        tables = [
            table["RouteTableId"]
            for page in ec2.get_paginator("describe_route_tables").paginate()
            for table in page["RouteTables"]
            if any(
                route.get("GatewayId") == gateway and route.get("DestinationCidrBlock") == cidr
                for route in table["Routes"]
            )
        ]
        yield judged(
            passed=bool(tables),
            subject=f"route tables towards {gateway}",
            message=f"{len(tables)} lead {cidr} there",
            remedy="apply the network: payshift deliver --foundation --only network",
        )


def _name(connection: dict[str, Any]) -> str:
    return next((tag["Value"] for tag in connection.get("Tags", []) if tag["Key"] == "Name"), "")


PROBE: Probe[DoctorContext] = Vpn()
