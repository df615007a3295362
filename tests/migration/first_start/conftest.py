"""Two prepared databases, and tasks that PostgreSQL plays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from app.migration.connection import connect
from app.migration.sites import Databases, Site
from tests.clusters import placed, two_sites
from tests.migration.dms_player import Player, publish
from tests.migration.first_start.starting import (
    PREFIX,
    REPLICATION,
    as_at_first,
    without_subscriptions,
)
from tests.migration.support import Pair, pay


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two prepared databases between which nothing is carried."""
    with (
        placed(tmp_path_factory.mktemp("bare")) as place,
        two_sites(place, replicators=(REPLICATION,), replicating=False) as clusters,
    ):
        yield Pair(clusters=clusters)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    found = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    found.start()
    host, port = found.get_host_and_port()
    yield f"http://{host}:{port}"
    found.stop()


@pytest.fixture
def databases(bare: Pair) -> Databases:
    """Ten payments at legacy, which has written since the first epoch; nothing at aws."""
    # The readers first, of both sites: one that is left takes its slot again.
    for site in Site:
        with connect(bare.databases[site], application_name="test") as connection:
            without_subscriptions(connection)
    for site in Site:
        with connect(bare.databases[site], application_name="test") as connection:
            as_at_first(connection, site)
    with connect(bare.databases[Site.LEGACY], application_name="test") as legacy:
        for _ in range(10):
            pay(legacy)
    return bare.databases


@pytest.fixture
def player(databases: Databases, server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Player]:
    """The four tasks, made and never started."""
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-2",
    }.items():
        monkeypatch.setenv(name, value)
    found = Player(databases, PREFIX)
    found.attach(monkeypatch)
    found.make_tasks()
    publish(databases)
    yield found
    found.remove_tasks()
