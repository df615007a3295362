"""The seeded history is a sound payment system."""

from __future__ import annotations

import psycopg
import pytest

from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import PostgresCluster
from app.local.postgres.place import ServerPlace
from app.local.seed import seed_payments
from app.migration.connection import connect
from app.migration.schema import install_business_schema, prepare
from app.migration.sites import Site

pytestmark = pytest.mark.slow

SHAPE = """
SELECT format('%s.%s', conrelid::regclass, conname) FROM pg_constraint
WHERE connamespace = 'payments'::regnamespace
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'payments' ORDER BY 1
"""


def test_seeding_makes_balanced_payments_and_leaves_the_schema_as_it_was(
    place: ServerPlace, authority: LocalAuthority
) -> None:
    cluster = PostgresCluster(name="seeded", place=place, authority=authority)
    cluster.create()
    seen: list[tuple[int, int]] = []
    try:
        with connect(cluster.settings_for(), application_name="test") as connection:
            install_business_schema(connection)
            prepare(connection, site=Site.LEGACY, writer=Site.LEGACY)
            shape = connection.execute(SHAPE).fetchall()
            seed_payments(
                connection, rows=2_000, progress=lambda done, rows: seen.append((done, rows))
            )
            assert connection.execute(SHAPE).fetchall() == shape
            assert seen[-1] == (2_000, 2_000)
            sound(connection)
    finally:
        cluster.destroy()


def sound(connection: psycopg.Connection) -> None:
    facts = connection.execute(
        "SELECT count(*), count(DISTINCT currency) > 3, count(DISTINCT merchant_id) > 100, "
        "max(created_at) <= now(), max(created_at) - min(created_at) > interval '300 days' "
        "FROM payments.payment"
    ).fetchone()
    assert facts == (2_000, True, True, True, True)
    ledger = connection.execute(
        "SELECT count(*), sum(e.amount_minor), count(*) FILTER (WHERE abs(e.amount_minor) "
        "= p.amount_minor AND e.currency = p.currency) "
        "FROM payments.ledger_entry e JOIN payments.payment p ON p.id = e.payment_id"
    ).fetchone()
    assert ledger == (4_000, 0, 4_000)
