"""Certificate authorities that the replication trusts, as PEM files below `certificates/`.

`aws-<region>.pem` holds the roots with which Amazon signs its databases of a region
(`payshift certificates` writes it); the data centre's own file is named in the environment.
"""

from __future__ import annotations

import binascii
import re
import ssl
from pathlib import Path
from typing import Annotated

from pydantic import Field

CERTIFICATES = Path(__file__).parent / "certificates"
AuthorityFile = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9-]*\.pem$", examples=["data-centre.pem"])
]

_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n?"
)


class NotCertificates(ValueError):
    """The text is something else than public certificates; says what."""


def aws_authorities(region: str) -> str:
    """Name the file with the roots of Amazon's databases in a region."""
    return f"aws-{region}.pem"


def read_authorities(name: str) -> str:
    """Return the text of a file of certificates.

    Raises FileNotFoundError, or NotCertificates when it holds anything but certificates, such as
    a private key, which must never reach a plan or a state.
    """
    text = (CERTIFICATES / name).read_text(encoding="ascii")
    certificates(text)
    return text


def certificates(text: str) -> tuple[str, ...]:
    """Split a bundle into its certificates; NotCertificates when it is anything else."""
    found = tuple(_CERTIFICATE.findall(text))
    if "PRIVATE KEY" in text:
        message = "it holds a private key"
        raise NotCertificates(message)
    if not found or _CERTIFICATE.sub("", text).strip():
        message = "it holds something else than certificates" if found else "it holds none"
        raise NotCertificates(message)
    for certificate in found:
        _decode(certificate)
    return found


def _decode(certificate: str) -> bytes:
    try:
        encoded = ssl.PEM_cert_to_DER_cert(certificate)
    except binascii.Error as error:
        message = f"a certificate in it is damaged: {error}"
        raise NotCertificates(message) from error
    # A certificate is a sequence whose header tells how long it is.
    if encoded[:2] != b"\x30\x82" or int.from_bytes(encoded[2:4], "big") != len(encoded) - 4:
        message = "a certificate in it is damaged: its length is wrong"
        raise NotCertificates(message)
    return encoded


def common_name_occurs(certificate: str, name: str) -> bool:
    """Whether a certificate carries a name, in its subject or its issuer."""
    return name.encode("ascii") in _decode(certificate)
