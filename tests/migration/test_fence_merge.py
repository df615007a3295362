"""MERGE, which PostgreSQL knows since 15: tested where such a server is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.local.postgres.authority import LocalAuthority
from app.local.postgres.binaries import CHOICE_VARIABLE
from app.local.postgres.cluster import PostgresCluster
from app.local.postgres.place import ServerPlace
from app.migration.connection import connect
from app.migration.schema import install_business_schema, prepare
from app.migration.sites import Site
from tests.clusters import QUICK
from tests.migration.fencing import refused

pytestmark = pytest.mark.slow

# Where Debian's packages put the servers of every version.
INSTALLED = sorted(
    path
    for path in Path("/usr/lib/postgresql").glob("*/bin")
    if path.parent.name.isdigit() and int(path.parent.name) >= 15
)
MERGE = """
MERGE INTO payments.refund AS target USING (VALUES (1)) AS source (n) ON {matched}
WHEN MATCHED THEN {then}
WHEN NOT MATCHED THEN {otherwise}
"""
ACTIONS = {
    "update": MERGE.format(
        matched="true", then="UPDATE SET currency = 'EUR'", otherwise="DO NOTHING"
    ),
    "delete": MERGE.format(matched="true", then="DELETE", otherwise="DO NOTHING"),
    "insert": MERGE.format(
        matched="false",
        then="DO NOTHING",
        otherwise="INSERT (id, payment_id, idempotency_key, request_hash, amount_minor, currency) "
        "VALUES (gen_random_uuid(), gen_random_uuid(), 'k', '', 1, 'USD')",
    ),
}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[psycopg.Connection]:
    """A prepared database of a newer PostgreSQL, at a site that does not write."""
    if not INSTALLED:
        pytest.skip("no PostgreSQL 15 or newer is installed; 14 has no MERGE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CHOICE_VARIABLE, str(INSTALLED[-1]))
        place = ServerPlace.prepare(directory=tmp_path_factory.mktemp("newer") / "clusters")
        cluster = PostgresCluster(
            name="newer", place=place, authority=LocalAuthority(), settings=QUICK
        )
        try:
            cluster.create()
            with connect(cluster.settings_for(), application_name="test") as connection:
                install_business_schema(connection)
                prepare(connection, site=Site.AWS, writer=Site.LEGACY)
                yield connection
        finally:
            cluster.destroy()
            place.remove()


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("statement", ACTIONS.values(), ids=ACTIONS.keys())
def test_a_merge_is_refused(reader: psycopg.Connection, statement: str, level: str) -> None:
    reader.execute(f"BEGIN ISOLATION LEVEL {level}".encode())
    try:
        assert refused(reader, statement) == "PS001"
    finally:
        reader.rollback()
