"""A key-signing key: the public half of a key of KMS, as DNS writes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import dns.dnssec
import dns.name
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from dns.dnssectypes import Algorithm, DSDigest
from dns.rdtypes.dnskeybase import Flag
from moto.core.utils import utcnow
from moto.kms.models import kms_backends

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"
# The only region whose keys Route 53 takes, and the only kind.
KEY_REGION = "us-east-1"
_SPEC, _USAGE = "ECC_NIST_P256", "SIGN_VERIFY"


class UnfitKey(Exception):
    """KMS has no such key, or Route 53 cannot sign with it."""


@dataclass(slots=True)
class SigningKey:
    """One key-signing key of one zone."""

    zone: str
    name: str
    kms_arn: str
    public_key: EllipticCurvePublicKey
    status: str
    created: datetime = field(default_factory=utcnow)

    def describe(self) -> dict[str, Any]:
        """Return it as Route 53 answers, with records that a resolver could verify with."""
        dnskey = dns.dnssec.make_dnskey(
            self.public_key, algorithm=Algorithm.ECDSAP256SHA256, flags=Flag.ZONE | Flag.SEP
        )
        ds = dns.dnssec.make_ds(dns.name.from_text(self.zone), dnskey, DSDigest.SHA256)
        return {
            "Name": self.name,
            "KmsArn": self.kms_arn,
            "Flag": int(dnskey.flags),
            "SigningAlgorithmMnemonic": Algorithm.to_text(dnskey.algorithm),
            "SigningAlgorithmType": int(dnskey.algorithm),
            "DigestAlgorithmMnemonic": "SHA-256",
            "DigestAlgorithmType": int(ds.digest_type),
            "KeyTag": ds.key_tag,
            "DigestValue": ds.digest.hex().upper(),
            "PublicKey": dnskey.to_text().split(maxsplit=3)[3].replace(" ", ""),
            "DSRecord": _record(ds.to_text().upper(), numbers=3),
            "DNSKEYRecord": _record(dnskey.to_text(), numbers=3),
            "Status": self.status,
            "CreatedDate": self.created,
            "LastModifiedDate": self.created,
        }


def find_public_key(*, account_id: str, arn: str) -> EllipticCurvePublicKey:
    """Return the public half of a key of KMS. UnfitKey unless Route 53 can sign with it."""
    keys = kms_backends[account_id][KEY_REGION].keys
    found = next((key for key in keys.values() if key.arn == arn), None)
    if found is None or (found.key_spec, found.key_usage) != (_SPEC, _USAGE):
        message = f"{arn} is no key of {KEY_REGION} for {_USAGE} with {_SPEC}"
        raise UnfitKey(message)
    public = load_der_public_key(found.private_key.public_key())
    if not isinstance(public, EllipticCurvePublicKey):
        message = f"{arn} has no public key on a curve"
        raise UnfitKey(message)
    return public


def _record(text: str, *, numbers: int) -> str:
    """Return a record's text with its key or digest in one piece."""
    *first, rest = text.split(maxsplit=numbers)
    return " ".join([*first, rest.replace(" ", "")])
