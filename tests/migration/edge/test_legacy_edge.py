"""Clients that keep the legacy address are served by whichever site writes, without an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from app.local.legacy_edge.edge import LegacyEdge
from app.local.postgres.authority import LocalAuthority
from app.migration.handover import Handover
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Databases, Site
from tests.migration.edge.shop import NAME, StaleClients, shop
from tests.migration.support import Pair, drain, next_run_id, payments

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """The edge, the applications behind it, and clients that know nothing else."""

    edge: LegacyEdge
    shops: dict[Site, ThreadingHTTPServer]
    clients: StaleClients


def street(
    stack: ExitStack, pair: Pair, directory: Path, authority: LocalAuthority, *, aws_name: str
) -> Street:
    """Open it; the certificate of AWS is for `aws_name`. Legacy's application knows its own."""
    names = {Site.LEGACY: NAME, Site.AWS: aws_name}
    known = {
        Site.LEGACY: {Site.LEGACY: pair.applications[Site.LEGACY]},
        Site.AWS: pair.applications,
    }
    shops = {}
    for site in Site:
        certificate, key = directory / f"{site}.crt", directory / f"{site}.key"
        authority.issue(names[site], certificate=certificate, key=key)
        shops[site] = stack.enter_context(
            shop(site=site, databases=known[site], certificate=certificate, key=key)
        )
    trust = authority.write_bundle(path=directory / "trust.pem")
    edge = LegacyEdge(
        name=NAME,
        legacy=f"127.0.0.1:{shops[Site.LEGACY].server_port}",
        aws=f"127.0.0.1:{shops[Site.AWS].server_port}",
        certificate=directory / "legacy.crt",
        key=directory / "legacy.key",
        trust=trust,
        login=pair.databases[Site.LEGACY],
        directory=directory,
    )
    stack.enter_context(edge)
    return Street(edge=edge, shops=shops, clients=StaleClients(edge.place, trust))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def hand_over(databases: Databases, *, to: Site) -> None:
    Handover(databases=databases, replication=LogicalReplication()).run(
        to=to, run_id=next_run_id(), deadline_seconds=30
    )


def test_stale_clients_are_served_through_handovers_in_both_directions(
    pair: Pair, databases: Databases, authority: LocalAuthority, tmp_path: Path, stack: ExitStack
) -> None:
    clients = street(stack, pair, tmp_path, authority, aws_name=NAME).clients
    with clients.paying():
        for to in (Site.LEGACY, Site.AWS, Site.LEGACY):
            hand_over(databases, to=to)
            served = sum(site == to.value for site in list(clients.served.values()))
            # fact: whoever writes serves them, within a look of the edge
            clients.wait_for(served + 20, by=to)
    drain(databases)
    assert clients.errors == []
    assert clients.served.keys() <= payments(databases, Site.LEGACY).keys()
    assert payments(databases, Site.LEGACY) == payments(databases, Site.AWS)


def test_aws_serves_stale_clients_when_the_legacy_application_is_gone(
    pair: Pair, databases: Databases, authority: LocalAuthority, tmp_path: Path, stack: ExitStack
) -> None:
    opened = street(stack, pair, tmp_path, authority, aws_name=NAME)
    assert databases
    with opened.clients.paying():
        opened.clients.wait_for(10, by=Site.LEGACY)
        opened.shops[Site.LEGACY].socket.close()
        opened.clients.wait_for(10, by=Site.AWS)
    # fact: legacy still writes: the payments went on to its database by way of AWS
    assert opened.clients.served.keys() <= payments(databases, Site.LEGACY).keys()


def test_the_edge_forwards_nothing_to_a_server_with_another_name(
    pair: Pair, databases: Databases, authority: LocalAuthority, tmp_path: Path, stack: ExitStack
) -> None:
    clients = street(stack, pair, tmp_path, authority, aws_name="other.payments.test").clients
    with clients.paying():
        clients.wait_for(10, by=Site.LEGACY)
        hand_over(databases, to=Site.AWS)
        clients.wait_for_errors()  # fact: nobody that the edge trusts can take them now
    assert Site.AWS.value not in clients.served.values()
