"""The payment API goes on without a failed request while the servers' certificates change."""

from __future__ import annotations

import socket
import ssl

import pytest

from app.local.postgres.cluster import ADDRESS, HOST
from app.migration.sites import Site
from tests.lambdas.secret_rotation.payers import Payers
from tests.lambdas.secret_rotation.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CHANGES = 20
# PostgreSQL's request to go on in TLS, and its yes.
SSL_REQUEST, YES = bytes.fromhex("0000000804d2162f"), b"S"


def certificate(world: World, site: Site) -> bytes:
    """Return the certificate that the server shows to a new client, verified in full."""
    context = ssl.create_default_context(cafile=str(world.trust_bundle))
    with socket.create_connection((ADDRESS, world.pair.clusters[site].port), timeout=10) as plain:
        plain.sendall(SSL_REQUEST)
        assert plain.recv(1) == YES
        with context.wrap_socket(plain, server_hostname=HOST) as secured:
            shown = secured.getpeercert(binary_form=True)
    assert shown is not None
    return shown


def test_no_request_fails_while_both_servers_get_new_certificates(
    world: World, payers: Payers
) -> None:
    shown = {site: {certificate(world, site)} for site in Site}
    with payers.paying():
        for _ in range(CHANGES):
            for site in Site:
                world.pair.clusters[site].renew_certificate()
            # At least one new connection of every payer to each site.
            payers.wait_for(16)
            for site in Site:
                shown[site].add(certificate(world, site))
    print(
        f"{payers.count} payments over {payers.connections} connections,"
        f" the longest took {payers.longest_seconds * 1e3:.0f} ms"
    )
    assert payers.failures == []
    assert payers.count > CHANGES * 16
    assert {site: len(seen) for site, seen in shown.items()} == dict.fromkeys(Site, CHANGES + 1)
