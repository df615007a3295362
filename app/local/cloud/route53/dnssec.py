"""Signing of zones: the key-signing keys of a zone, and whether its answers are signed.

Route 53 and this remember the same; the local DNS server signs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.route53 import urls
from moto.route53.exceptions import Route53ClientError
from moto.route53.responses import Route53

from app.local.cloud.replacing import add, replace
from app.local.cloud.route53.signing_key import (
    ACTIVE,
    INACTIVE,
    SigningKey,
    UnfitKey,
    find_public_key,
)

Answer = dict[str, Any]
_VERSION = r"{0}/(?P<api_version>[\d_-]+)"
_KEY = r"/keysigningkey/(?P<zone_id>[^/]+)/(?P<name>[^/]+)"
_ZONE = r"/hostedzone/(?P<zone_id>[^/]+)"
_PATHS = (
    "/keysigningkey$",
    f"{_KEY}$",
    f"{_KEY}/activate$",
    f"{_KEY}/deactivate$",
    f"{_ZONE}/enable-dnssec$",
    f"{_ZONE}/disable-dnssec$",
)


class Signing:
    """What is remembered of every zone; each method answers one operation of Route 53."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], SigningKey] = {}
        self._signed: set[str] = set()

    def create_key_signing_key(self, request: Route53) -> Answer:
        """Refuse a second key of the name, and a key of KMS that cannot sign a zone."""
        zone, name = _zone(request), _parameter(request, "Name")
        if (zone, name) in self._keys:
            raise Route53ClientError("KeySigningKeyAlreadyExists", f"there is a key {name}")
        arn = _parameter(request, "KeyManagementServiceArn")
        try:
            public = find_public_key(account_id=request.current_account, arn=arn)
        except UnfitKey as error:
            raise Route53ClientError("InvalidKMSArn", str(error)) from error
        owner = request.backend.get_hosted_zone(zone).name
        key = SigningKey(owner, name, arn, public, _parameter(request, "Status"))
        self._keys[zone, name] = key
        place = f"https://route53.amazonaws.com/2013-04-01/keysigningkey/{zone}/{name}"
        return {**_changed(), "KeySigningKey": key.describe(), "Location": place}

    def activate_key_signing_key(self, request: Route53) -> Answer:
        """Let a key sign."""
        self._key(request).status = ACTIVE
        return _changed()

    def deactivate_key_signing_key(self, request: Route53) -> Answer:
        """Refuse to take a signed zone its last key."""
        key, zone = self._key(request), _zone(request)
        if zone in self._signed and self._active(zone) == [key]:
            raise Route53ClientError("KeySigningKeyInUse", "a signed zone needs an active key")
        key.status = INACTIVE
        return _changed()

    def delete_key_signing_key(self, request: Route53) -> Answer:
        """Refuse to delete a key that signs."""
        key = self._key(request)
        if key.status == ACTIVE:
            code = "InvalidKeySigningKeyStatus"
            raise Route53ClientError(code, "an active key cannot be deleted")
        del self._keys[_zone(request), key.name]
        return _changed()

    def enable_hosted_zone_dnssec(self, request: Route53) -> Answer:
        """Sign a zone that has an active key."""
        zone = _zone(request)
        if not self._active(zone):
            code = "KeySigningKeyWithActiveStatusNotFound"
            raise Route53ClientError(code, "the zone has no active key")
        self._signed.add(zone)
        return _changed()

    def disable_hosted_zone_dnssec(self, request: Route53) -> Answer:
        """Stop signing."""
        zone = _zone(request)
        if zone not in self._signed:
            raise Route53ClientError("DNSSECNotFound", "the zone is not signed")
        self._signed.remove(zone)
        return _changed()

    def get_dnssec(self, request: Route53) -> Answer:
        """Tell whether a zone is signed, and with which keys."""
        zone = _zone(request)
        status = "SIGNING" if zone in self._signed else "NOT_SIGNING"
        keys = [key.describe() for key in self._of(zone)]
        return {"Status": {"ServeSignature": status}, "KeySigningKeys": keys}

    def _of(self, zone: str) -> list[SigningKey]:
        return [key for (owner, _), key in self._keys.items() if owner == zone]

    def _active(self, zone: str) -> list[SigningKey]:
        return [key for key in self._of(zone) if key.status == ACTIVE]

    def _key(self, request: Route53) -> SigningKey:
        name = _parameter(request, "Name")
        found = self._keys.get((_zone(request), name))
        if found is None:
            raise Route53ClientError("NoSuchKeySigningKey", f"there is no key {name}")
        return found


def adapt() -> None:
    """Adapt moto's Route 53."""
    signing = Signing()
    for path in _PATHS:
        urls.url_paths[_VERSION + path] = Route53.dispatch
    replace(Route53, "get_dnssec", _answering(signing.get_dnssec))
    for operation in (
        signing.create_key_signing_key,
        signing.activate_key_signing_key,
        signing.deactivate_key_signing_key,
        signing.delete_key_signing_key,
        signing.enable_hosted_zone_dnssec,
        signing.disable_hosted_zone_dnssec,
    ):
        add(Route53, operation.__name__, _answering(operation))


def _answering(operation: Callable[[Route53], Answer]) -> Callable[[Route53], ActionResult]:
    def respond(self: Route53) -> ActionResult:
        return ActionResult(operation(self))

    return respond


def _parameter(request: Route53, name: str) -> str:
    return str(request._get_param(name))  # noqa: SLF001 - how moto reads a parameter


def _zone(request: Route53) -> str:
    """Read which zone is meant; NoSuchHostedZone when there is none."""
    zone = _parameter(request, "HostedZoneId")
    request.backend.get_hosted_zone(zone)
    return zone


def _changed() -> Answer:
    change = {"Id": "/change/C1PAYSHIFT", "Status": "INSYNC", "SubmittedAt": utcnow()}
    return {"ChangeInfo": change}
