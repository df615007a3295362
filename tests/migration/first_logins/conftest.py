"""A server as Aurora is for its master, and as a data centre's is for its superuser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws
from psycopg import sql

from app.local.postgres import roles
from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import PostgresCluster
from app.local.postgres.place import ServerPlace
from app.migration.connection import connect
from app.migration.users.password import new_password, set_password
from tests.clusters import QUICK

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
from tests.migration.first_logins.world import AURORA, MASTER, SECRETS, World


@pytest.fixture(scope="module")
def cluster(place: ServerPlace, authority: LocalAuthority) -> Iterator[PostgresCluster]:
    found = PostgresCluster(name="first", place=place, authority=authority, settings=QUICK)
    try:
        found.create()
        yield found
    finally:
        found.destroy()


@pytest.fixture
def bare(cluster: PostgresCluster) -> PostgresCluster:
    """The server without its database and roles."""
    admin = cluster.settings_for(role=roles.ADMIN, dbname="postgres")
    with connect(admin, application_name="test") as connection:
        connection.execute("DROP DATABASE IF EXISTS payments WITH (FORCE)")
        rows = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname ~ '^(pay|rds_|shop)'"
        ).fetchall()
        for (name,) in rows:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
    return cluster


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretsManagerClient]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        found = boto3.client("secretsmanager", region_name="us-east-2")
        for name in SECRETS.values():
            found.create_secret(Name=name)
        yield found


@pytest.fixture
def aurora(bare: PostgresCluster, client: SecretsManagerClient) -> World:
    """An administrator like Aurora's master, and a database that it owns."""
    password = new_password()
    with connect(
        bare.settings_for(role=roles.ADMIN, dbname="postgres"), application_name="test"
    ) as connection:
        for statement in AURORA:
            connection.execute(statement.encode())
        set_password(connection, user=MASTER, password=password)
        connection.execute("CREATE DATABASE payments OWNER payshift_master")
    settings = bare.settings_for(role=roles.ADMIN)
    return World(bare, client, settings.model_copy(update={"user": MASTER, "password": password}))


@pytest.fixture
def legacy(bare: PostgresCluster, client: SecretsManagerClient) -> World:
    """The data centre's superuser, and tables of a role of their own."""
    settings = bare.settings_for(role=roles.ADMIN)
    with connect(
        bare.settings_for(role=roles.ADMIN, dbname="postgres"), application_name="test"
    ) as connection:
        connection.execute("CREATE DATABASE payments")
    with connect(settings, application_name="test") as connection:
        connection.execute("CREATE ROLE shop_owner")
        connection.execute("CREATE SCHEMA payments AUTHORIZATION shop_owner")
        connection.execute("SET ROLE shop_owner")
        connection.execute(
            "CREATE TABLE payments.payment (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)"
        )
    return World(bare, client, settings)
