"""Site-to-site VPN: options of tunnels, static routes, and pre-shared keys in Secrets Manager."""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models.vpn_connections import VPNConnection
from moto.ec2.responses.vpn_connections import VPNConnections

from app.local.cloud.replacing import add, replace

_KEY = re.compile("<pre_shared_key>.*?</pre_shared_key>")
# What AWS answers where the key stands elsewhere: by this word alone the provider knows it.
_HIDDEN = "<pre_shared_key>REDACTED</pre_shared_key>"
_ANSWERED_AS = {
    "DPDTimeoutAction": "DpdTimeoutAction",
    "DPDTimeoutSeconds": "DpdTimeoutSeconds",
    "IKEVersions": "IkeVersions",
}


def adapt() -> None:
    """Adapt moto's VPN connections."""
    create = replace(VPNConnections, "create_vpn_connection", None)
    configuration: property = replace(VPNConnection, "customer_gateway_configuration", None)

    filter_value = replace(VPNConnection, "get_filter_value", None)

    def create_vpn_connection(self: VPNConnections) -> ActionResult:
        result: ActionResult = create(self)
        answer: Any = result.result
        connection = answer["VpnConnection"]
        connection.options = _options(self._get_param("Options", {}))
        connection.routes = []
        if self._get_param("PreSharedKeyStorage") == "SecretsManager":
            connection.pre_shared_key_arn = (
                f"arn:aws:secretsmanager:{self.region}:{self.current_account}"
                f":secret:s2svpn!{connection.id}"
            )
        return result

    def customer_gateway_configuration(self: VPNConnection) -> str:
        text: str = configuration.__get__(self)
        return _KEY.sub(_HIDDEN, text) if hasattr(self, "pre_shared_key_arn") else text

    def get_filter_value(self: Any, name: str, method: str | None = None) -> object:  # noqa: ANN401 - moto's class, with our routes
        match name:
            case "vpn-connection-id":
                return self.id
            case "route.destination-cidr-block":
                return [route["DestinationCidrBlock"] for route in self.routes]
        return filter_value(self, name, method)

    replace(VPNConnection, "get_filter_value", get_filter_value)
    replace(VPNConnections, "create_vpn_connection", create_vpn_connection)
    replace(
        VPNConnection, "customer_gateway_configuration", property(customer_gateway_configuration)
    )
    add(VPNConnections, "create_vpn_connection_route", _create_route)
    add(VPNConnections, "delete_vpn_connection_route", _delete_route)


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """Return what was asked for in the spelling in which AWS answers."""
    tunnels = [
        {_ANSWERED_AS.get(name, name): value for name, value in tunnel.items()}
        for tunnel in given.get("TunnelOptions", [])
    ]
    return {**given, "TunnelOptions": tunnels}


def _create_route(self: VPNConnections) -> EmptyResult:
    block = self._get_param("DestinationCidrBlock")
    _connection(self).routes.append(
        {"DestinationCidrBlock": block, "State": "available", "Source": "Static"}
    )
    return EmptyResult()


def _delete_route(self: VPNConnections) -> EmptyResult:
    block, connection = self._get_param("DestinationCidrBlock"), _connection(self)
    connection.routes = [one for one in connection.routes if one["DestinationCidrBlock"] != block]
    return EmptyResult()


def _connection(response: VPNConnections) -> Any:  # noqa: ANN401 - moto's class, with our routes
    wanted = response._get_param("VpnConnectionId")  # noqa: SLF001 - how moto reads a parameter
    (found,) = response.ec2_backend.describe_vpn_connections(vpn_connection_ids=[wanted])
    return found
