"""The way to the data centre: a site-to-site VPN of two tunnels, one at a time enough.

Routes are static: one network lies behind the device, so BGP would only add something to fail.

Both ends know a pre-shared key for each tunnel. AWS makes them and keeps them in Secrets Manager,
where the operator of the VPN device reads them; neither code nor Terraform's state has them.
Certificates instead would need a private certificate authority, at 50 USD a month or more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdktf_cdktf_provider_aws.customer_gateway import CustomerGateway
from cdktf_cdktf_provider_aws.vpn_connection import VpnConnection
from cdktf_cdktf_provider_aws.vpn_connection_route import VpnConnectionRoute
from cdktf_cdktf_provider_aws.vpn_gateway import VpnGateway
from constructs import Construct

from app.config.network import DataCentre

# Authenticated encryption, hashes of the SHA-2 family and elliptic curves; nothing older is
# offered, so that nothing older can be agreed on.
_ENCRYPTION = ["AES256-GCM-16"]
_INTEGRITY = ["SHA2-384", "SHA2-512"]
_GROUPS = [19, 20, 21]
_TUNNEL: Mapping[str, Any] = {
    "ike_versions": ["ikev2"],
    "phase1_encryption_algorithms": _ENCRYPTION,
    "phase1_integrity_algorithms": _INTEGRITY,
    "phase1_dh_group_numbers": _GROUPS,
    "phase1_lifetime_seconds": 28_800,
    "phase2_encryption_algorithms": _ENCRYPTION,
    "phase2_integrity_algorithms": _INTEGRITY,
    "phase2_dh_group_numbers": _GROUPS,
    "phase2_lifetime_seconds": 3_600,
    # AWS brings a tunnel up, and up again, without waiting for the device.
    "dpd_timeout_action": "restart",
    "startup_action": "start",
}


class DataCentreVpn(Construct):
    """Offers `gateway_id`, to which route tables send what goes to the data centre."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        vpc_id: str,
        data_centre: DataCentre,
        log_group_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        tags = {"Name": name}
        device = CustomerGateway(
            self,
            "device",
            type="ipsec.1",
            ip_address=str(data_centre.gateway_address),
            bgp_asn=str(data_centre.bgp_asn),
            tags=tags,
        )
        gateway = VpnGateway(self, "gateway", vpc_id=vpc_id, tags=tags)
        self.gateway_id: str = gateway.id
        connection = VpnConnection(
            self,
            "connection",
            type="ipsec.1",
            customer_gateway_id=device.id,
            vpn_gateway_id=self.gateway_id,
            static_routes_only=True,
            preshared_key_storage="SecretsManager",
            **_both_tunnels(log_group_arn),
            tags=tags,
        )
        VpnConnectionRoute(
            self,
            "data-centre",
            destination_cidr_block=str(data_centre.cidr),
            vpn_connection_id=connection.id,
        )


def _both_tunnels(log_group_arn: str) -> dict[str, Any]:
    """Return the arguments of both tunnels, which are alike."""
    log = {"log_enabled": True, "log_group_arn": log_group_arn, "log_output_format": "json"}
    options = {**_TUNNEL, "log_options": {"cloudwatch_log_options": log}}
    return {f"tunnel{number}_{name}": value for number in (1, 2) for name, value in options.items()}
