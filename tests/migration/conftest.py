"""Two real PostgreSQL clusters, made once; every test begins with legacy writing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from app.local.postgres.authority import LocalAuthority
from app.local.postgres.place import ServerPlace
from app.migration.connection import connect
from app.migration.handover import Handover
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Databases, Site
from tests.clusters import QUICK, placed, two_sites
from tests.migration.fencing import Fenced
from tests.migration.support import Pair, next_run_id

if TYPE_CHECKING:
    import psycopg

# None is in use at a healthy site; what happens when there is one must be tested.
SETTINGS = {**QUICK, "max_prepared_transactions": "4"}


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerPlace]:
    with placed(tmp_path_factory.mktemp("postgresql")) as found:
        yield found


@pytest.fixture(scope="session")
def authority() -> LocalAuthority:
    return LocalAuthority()


@pytest.fixture(scope="session")
def pair(place: ServerPlace, authority: LocalAuthority) -> Iterator[Pair]:
    with two_sites(place, authority=authority, settings=SETTINGS) as clusters:
        yield Pair(clusters=clusters)


@pytest.fixture
def databases(pair: Pair) -> Iterator[Databases]:
    """The engine's settings at both sites; legacy writes before and after the test."""
    yield pair.databases
    for cluster in pair.clusters.values():
        cluster.start()
    deadline = time.monotonic() + 60
    while True:
        try:
            Handover(databases=pair.databases, replication=LogicalReplication()).run(
                to=Site.LEGACY, run_id=next_run_id(), deadline_seconds=30
            )
        except Exception:
            if time.monotonic() > deadline:
                raise
        else:
            return


@pytest.fixture
def legacy(databases: Databases) -> Iterator[psycopg.Connection]:
    with connect(databases[Site.LEGACY], application_name="test") as connection:
        yield connection


@pytest.fixture
def aws(databases: Databases) -> Iterator[psycopg.Connection]:
    with connect(databases[Site.AWS], application_name="test") as connection:
        yield connection


@pytest.fixture
def fenced(databases: Databases) -> Iterator[Fenced]:
    with connect(databases[Site.LEGACY], application_name="test-fence") as session:
        made = Fenced(session)
        yield made
        made.down()
