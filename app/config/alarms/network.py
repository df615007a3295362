"""Alarms of the network: the line to the data centre, and the ways out.

AWS gives tunnels and gateways their ids, and replaces gateways; the figures are taken over all of
the account's region.
"""

from __future__ import annotations

from app.config.alarms.base import Alarm, Query
from app.config.environment import Environment

TUNNEL_PERIOD_SECONDS = 300
TUNNELS = 'FROM SCHEMA("AWS/VPN", VpnId)'
GATEWAYS = 'FROM SCHEMA("AWS/NATGateway", NatGatewayId)'


def alarms(environment: Environment) -> tuple[Alarm, ...]:
    """Return the alarms."""
    return (
        Alarm(
            name="vpn-down",
            figure=Query(
                expression=f"SELECT MAX(TunnelState) {TUNNELS}",
                label="Best tunnel",
                period_seconds=TUNNEL_PERIOD_SECONDS,
            ),
            rings="below",
            limit=1,
            unit="up",
            periods=1,
            silence="breaching",
            reason="Neither tunnel is up: AWS does not reach the legacy database.",
            remedy="Call the data centre's network; do not hand over. Slots keep what is missing.",
        ),
        Alarm(
            name="vpn-tunnel-down",
            figure=Query(
                expression=f"SELECT MIN(TunnelState) {TUNNELS}",
                label="Worst tunnel",
                period_seconds=TUNNEL_PERIOD_SECONDS,
            ),
            rings="below",
            limit=1,
            unit="up",
            # AWS maintains one tunnel at a time, within minutes.
            periods=6,
            silence="notBreaching",
            reason="One tunnel is down for half an hour: the next failure cuts the line.",
            remedy="Look at the tunnel's log; compare both ends' settings.",
        ),
        Alarm(
            name="nat-ports",
            figure=Query(
                expression=f"SELECT SUM(ErrorPortAllocation) {GATEWAYS}",
                label="Refused connections",
            ),
            rings="above",
            limit=0,
            unit="connections",
            periods=3,
            silence="notBreaching",
            reason=f"A gateway of {environment.region} has no port left: calls of AWS fail.",
            remedy="Find what opens connections (flow log); give it an endpoint in the VPC.",
        ),
    )
