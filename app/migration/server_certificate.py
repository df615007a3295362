"""The certificate that a database presents, seen as a client sees it and verified in full."""

from __future__ import annotations

import socket
import ssl
import struct
from datetime import UTC, datetime

from app.errors import DatabaseFailed
from app.migration.connection import DatabaseSettings

SECONDS = 5.0
# https://www.postgresql.org/docs/14/protocol-message-formats.html: length, then SSLRequest.
_SSL_REQUEST = struct.pack("!II", 8, 80877103)
_WILLING = b"S"


def valid_until(settings: DatabaseSettings) -> datetime:
    """Return when the server's certificate ends. No login takes place.

    Raises DatabaseFailed when the server is away, has no TLS, or presents what a client that
    verifies name and authority would refuse.
    """
    address = (settings.hostaddr or settings.host, settings.port)
    try:
        context = ssl.create_default_context(cafile=settings.sslrootcert)
        with socket.create_connection(address, timeout=SECONDS) as plain:
            plain.sendall(_SSL_REQUEST)
            if plain.recv(1) != _WILLING:
                raise DatabaseFailed(
                    f"The database at {settings.host}:{settings.port} has no TLS.",
                    remedy="Set ssl = on and give the server a certificate.",
                )
            with context.wrap_socket(plain, server_hostname=settings.host) as secure:
                certificate = secure.getpeercert() or {}
    except OSError as error:  # what ssl raises is one, too
        raise DatabaseFailed(
            f"The certificate of {settings.host}:{settings.port} cannot be verified: {error}",
            remedy="Look at the server, its certificate and the bundle that clients trust.",
        ) from error
    seconds = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return datetime.fromtimestamp(seconds, tz=UTC)
