"""Two databases whose settings differ in everything that could change how a value looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg
import pytest
from psycopg import sql

from app.migration.connection import connect
from app.migration.verify.session import Side
from app.migration.verify.sites import SIDES
from app.migration.verify.source import SiteSource
from tests.migration.support import Pair

Servers = Mapping[Side, psycopg.Connection]
Sources = Mapping[Side, SiteSource]

NAME = "verified"
DIFFERENT = {
    "timezone": "Asia/Kolkata",
    "datestyle": "German",
    "intervalstyle": "iso_8601",
    "extra_float_digits": "-3",
    "bytea_output": "escape",
    "search_path": "pg_toast",
}


@pytest.fixture(scope="session")
def sources(pair: Pair) -> Iterator[Sources]:
    """How a comparison reaches both; sessions of the right side begin with other settings."""
    made: dict[Side, SiteSource] = {}
    for site, settings in pair.databases.items():
        side = SIDES[site]
        with connect(settings, application_name="test") as server:
            server.execute(f"CREATE DATABASE {NAME} TEMPLATE template0".encode())
            for name, value in DIFFERENT.items() if side is Side.RIGHT else ():
                server.execute(
                    sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                        sql.Identifier(NAME), sql.Identifier(name), sql.Literal(value)
                    )
                )
        made[side] = SiteSource(side.value, settings.model_copy(update={"dbname": NAME}))
    yield made
    for settings in pair.databases.values():
        with connect(settings, application_name="test") as server:
            server.execute(f"DROP DATABASE {NAME} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def servers(sources: Sources) -> Iterator[Servers]:
    """A session on each side that may change everything."""
    with (
        sources[Side.LEFT].connect(application_name="test") as left,
        sources[Side.RIGHT].connect(application_name="test") as right,
    ):
        yield {Side.LEFT: left, Side.RIGHT: right}


@pytest.fixture
def empty(servers: Servers) -> Servers:
    """The same sessions, with nothing but an empty schema `s` in either database."""
    for server in servers.values():
        server.execute("DROP SCHEMA IF EXISTS s CASCADE")
        server.execute("CREATE SCHEMA s")
    return servers
