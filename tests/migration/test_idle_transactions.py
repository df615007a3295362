"""The server ends forgotten transactions, and never one of the replication's logins."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from pydantic import SecretStr

from app.local.postgres import roles
from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import PostgresCluster
from app.local.postgres.place import ServerPlace
from app.migration.connection import connect
from app.migration.idle_transactions import SETTING, ended_logins, let_rest
from app.migration.schema import install_business_schema, prepare
from app.migration.sites import Site
from app.migration.users.clone import make_clone
from app.migration.users.pair import other_of
from app.migration.users.password import set_password
from tests.clusters import QUICK

pytestmark = pytest.mark.slow

LOGIN, CLONE = roles.REPLICATION, other_of(roles.REPLICATION)
PASSWORD = SecretStr("of-the-clone")


@pytest.fixture(scope="module")
def cluster(place: ServerPlace, authority: LocalAuthority) -> Iterator[PostgresCluster]:
    """A server that ends idle transactions after five minutes, as Aurora's parameters say."""
    settings = {**QUICK, SETTING: "300000"}
    made = PostgresCluster(name="ending", place=place, authority=authority, settings=settings)
    try:
        made.create()
        with connect(made.settings_for(), application_name="test") as connection:
            install_business_schema(connection)
        yield made
    finally:
        made.destroy()


@pytest.fixture
def engine(cluster: PostgresCluster) -> Iterator[psycopg.Connection]:
    """The engine's session at a site whose replication has one user yet, with no own setting."""
    with connect(cluster.settings_for(), application_name="test") as connection:
        connection.execute(f"DROP ROLE IF EXISTS {CLONE}".encode())
        connection.execute(f"ALTER ROLE {LOGIN} RESET ALL".encode())
        yield connection


def prepared(engine: psycopg.Connection) -> None:
    prepare(engine, site=Site.LEGACY, writer=Site.LEGACY, replicators=(LOGIN,))


def cloned(engine: psycopg.Connection) -> None:
    with engine.transaction():
        make_clone(engine, clone=CLONE, original=LOGIN)
        set_password(engine, user=CLONE, password=PASSWORD)


def limit(cluster: PostgresCluster, *, user: str) -> str:
    """Return what a new session of the user lives with."""
    settings = cluster.settings_for(role=LOGIN)
    if user == CLONE:
        settings = settings.model_copy(update={"user": CLONE, "password": PASSWORD})
    with connect(settings, application_name="test") as connection:
        row = connection.execute(f"SHOW {SETTING}".encode()).fetchone()
    assert row is not None
    return str(row[0])


def test_a_clone_made_after_the_preparation_is_exempt_too(
    cluster: PostgresCluster, engine: psycopg.Connection
) -> None:
    assert limit(cluster, user=LOGIN) == "5min"
    prepared(engine)
    cloned(engine)
    assert [limit(cluster, user=user) for user in (LOGIN, CLONE)] == ["0", "0"]


def test_a_clone_that_was_there_before_the_preparation_is_exempt_too(
    cluster: PostgresCluster, engine: psycopg.Connection
) -> None:
    cloned(engine)
    # fact: PostgreSQL's roles do not inherit the settings of those that they are members of
    assert limit(cluster, user=CLONE) == "5min"
    prepared(engine)
    assert [limit(cluster, user=user) for user in (LOGIN, CLONE)] == ["0", "0"]


def test_the_limit_stays_for_everybody_else(
    cluster: PostgresCluster, engine: psycopg.Connection
) -> None:
    prepared(engine)
    with connect(
        cluster.settings_for(role=roles.APPLICATION), application_name="test"
    ) as application:
        assert application.execute(f"SHOW {SETTING}".encode()).fetchone() == ("5min",)


def test_a_login_that_lost_the_exemption_is_named(
    cluster: PostgresCluster, engine: psycopg.Connection
) -> None:
    prepared(engine)
    assert ended_logins(engine) == ()
    database = cluster.settings_for().dbname
    engine.execute(f"ALTER ROLE {LOGIN} IN DATABASE {database} SET {SETTING} = '1min'".encode())
    assert ended_logins(engine) == (LOGIN,)
    engine.execute(f"ALTER ROLE {LOGIN} IN DATABASE {database} RESET ALL".encode())


def test_a_login_that_may_not_be_altered_stays_named(engine: psycopg.Connection) -> None:
    prepared(engine)
    engine.execute(f"ALTER ROLE {LOGIN} RESET ALL".encode())
    engine.execute(f"SET ROLE {roles.APPLICATION}".encode())
    let_rest(engine)
    assert LOGIN in ended_logins(engine)
