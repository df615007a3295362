"""Until when certificates hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID


def ends_of(pem: str) -> Iterator[tuple[str, datetime]]:
    """Yield the common name and the end, in UTC, of each certificate of a bundle."""
    for certificate in x509.load_pem_x509_certificates(pem.encode("ascii")):
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        name = str(names[0].value) if names else certificate.subject.rfc4514_string()
        yield name, certificate.not_valid_after_utc
