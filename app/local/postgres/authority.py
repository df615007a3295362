"""A certificate authority for this machine; its private key never leaves the process."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAuthority:
    """Issues server certificates that clients verify in full against one bundle file."""

    _authority: trustme.CA = field(
        default_factory=lambda: trustme.CA(organization_name="payshift local"), repr=False
    )

    @property
    def bundle(self) -> bytes:
        """Promise the PEM of the certificate that clients must trust."""
        return bytes(self._authority.cert_pem.bytes())

    def write_bundle(self, *, path: Path) -> Path:
        """Write what clients must trust, readable by all, and return the path."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.bundle)
        path.chmod(0o644)
        return path

    def issue(self, *hostnames: str, certificate: Path, key: Path) -> None:
        """Write a new certificate chain for the names or addresses, and its key (mode 0600)."""
        issued = self._authority.issue_cert(*hostnames)
        key.touch(mode=0o600)
        key.write_bytes(issued.private_key_pem.bytes())
        certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
