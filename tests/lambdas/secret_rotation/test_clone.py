"""The clone may do what the original may, begins as the original, and is kept so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.migration.connection import connect
from app.migration.sites import Site
from tests.lambdas.secret_rotation.world import World

pytestmark = pytest.mark.slow

# Every object of the database and of its schemas, with each privilege that there is for it.
PRIVILEGES = """
SELECT kind, name, privilege FROM (
    SELECT 'table' AS kind, c.oid::regclass::text AS name, p AS privilege,
           has_table_privilege(%(role)s, c.oid, p) AS held
    FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE',
                                  'REFERENCES', 'TRIGGER']) AS p
    WHERE c.relkind IN ('r', 'v') AND c.relnamespace IN ('payments'::regnamespace,
                                                         'payshift'::regnamespace)
    UNION ALL
    SELECT 'sequence', c.oid::regclass::text, p, has_sequence_privilege(%(role)s, c.oid, p)
    FROM pg_class c, unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) AS p WHERE c.relkind = 'S'
    UNION ALL
    SELECT 'schema', n.nspname, p, has_schema_privilege(%(role)s, n.oid, p)
    FROM pg_namespace n, unnest(ARRAY['USAGE', 'CREATE']) AS p
    UNION ALL
    SELECT 'function', f.oid::regprocedure::text, 'EXECUTE',
           has_function_privilege(%(role)s, f.oid, 'EXECUTE')
    FROM pg_proc f WHERE f.pronamespace = 'payshift'::regnamespace
    UNION ALL
    SELECT 'database', d.datname, p, has_database_privilege(%(role)s, d.oid, p)
    FROM pg_database d, unnest(ARRAY['CONNECT', 'CREATE', 'TEMPORARY']) AS p
    UNION ALL
    SELECT 'role', r.rolname, p, pg_has_role(%(role)s, r.oid, p)
    FROM pg_roles r, unnest(ARRAY['MEMBER', 'USAGE']) AS p
    WHERE r.rolname NOT LIKE '%%\\_clone'
) AS all_of_them WHERE held
"""
ATTRIBUTES = """
SELECT rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,
       rolconnlimit, coalesce(rolvaliduntil::text, 'infinity')
FROM pg_roles WHERE rolname = %s
"""


@pytest.fixture
def changed(world: World) -> Iterator[World]:
    """The application's role with settings, attributes and a membership that it has not usually."""
    with world.admin(Site.LEGACY) as connection:
        connection.execute(
            """
            CREATE ROLE reports NOLOGIN;
            GRANT SELECT ON payshift.journal TO reports;
            GRANT reports TO payments_app;
            ALTER ROLE payments_app CONNECTION LIMIT 50 VALID UNTIL '2099-01-01 00:00:00+00';
            ALTER ROLE payments_app SET search_path TO payments, "Odd, Name", "$user";
            ALTER ROLE payments_app SET statement_timeout TO '7s';
            ALTER ROLE payments_app IN DATABASE payments SET work_mem TO '5MB';
            """
        )
    yield world
    with world.admin(Site.LEGACY) as connection:
        connection.execute(
            """
            ALTER ROLE payments_app CONNECTION LIMIT -1 VALID UNTIL 'infinity';
            ALTER ROLE payments_app RESET ALL;
            ALTER ROLE payments_app IN DATABASE payments RESET ALL;
            DROP OWNED BY reports;
            DROP ROLE reports;
            """
        )


def rights(world: World, role: str) -> set[tuple[str, ...]]:
    with (
        world.admin(Site.LEGACY),
        connect(
            world.pair.settings(Site.LEGACY, "postgres"), application_name="test"
        ) as connection,
    ):
        return set(connection.execute(PRIVILEGES.encode(), {"role": role}).fetchall())


def attributes(world: World, role: str) -> tuple[object, ...] | None:
    with world.admin(Site.LEGACY) as connection:
        return connection.execute(ATTRIBUTES, (role,)).fetchone()


@pytest.mark.parametrize("role", ["app", "migration", "replication"])
def test_the_clone_has_every_privilege_and_attribute_of_the_original(
    changed: World, role: str
) -> None:
    original = changed.login(Site.LEGACY, role).user
    changed.rotate(Site.LEGACY, role)
    held = rights(changed, original)
    assert len(held) > 10
    assert rights(changed, f"{original}_clone") == held
    assert attributes(changed, f"{original}_clone") == attributes(changed, original)


def test_a_session_of_the_clone_begins_like_one_of_the_original(changed: World) -> None:
    question = (
        "SELECT current_user, current_setting('search_path'),"
        " current_setting('statement_timeout'), current_setting('work_mem')"
    )
    with connect(
        changed.login(Site.LEGACY, "app"), application_name="test", search_path=None
    ) as connection:
        answer = connection.execute(question).fetchone()
    assert answer == ("payments_app", 'payments, "Odd, Name", "$user"', "7s", "5MB")
    changed.rotate(Site.LEGACY, "app")
    with connect(
        changed.login(Site.LEGACY, "app"), application_name="test", search_path=None
    ) as connection:
        assert connection.execute(question).fetchone() == answer
        assert connection.execute("SELECT session_user").fetchone() == ("payments_app_clone",)


def test_what_the_original_got_or_lost_meanwhile_the_clone_gets_and_loses(changed: World) -> None:
    changed.rotate(Site.LEGACY, "app")
    with changed.admin(Site.LEGACY) as connection:
        connection.execute(
            """
            ALTER ROLE payments_app RESET statement_timeout;
            ALTER ROLE payments_app SET work_mem TO '6MB';
            ALTER ROLE payments_app CONNECTION LIMIT 40;
            REVOKE reports FROM payments_app;
            """
        )
    changed.rotate(Site.LEGACY, "app")
    changed.rotate(Site.LEGACY, "app")
    assert attributes(changed, "payments_app_clone") == attributes(changed, "payments_app")
    assert rights(changed, "payments_app_clone") == rights(changed, "payments_app")
    with connect(changed.login(Site.LEGACY, "app"), application_name="test") as connection:
        row = connection.execute(
            "SELECT session_user, current_setting('statement_timeout')"
        ).fetchone()
    assert row == ("payments_app_clone", "0")


def test_what_the_clone_creates_belongs_to_the_original(world: World) -> None:
    world.rotate(Site.LEGACY, "migration")
    login = world.login(Site.LEGACY, "migration")
    assert login.user == "payshift_migration_clone"
    with connect(login, application_name="test") as connection:
        connection.execute("CREATE TABLE payshift.made_by_the_clone ()")
        owner = connection.execute(
            "SELECT tableowner FROM pg_tables WHERE tablename = 'made_by_the_clone'"
        ).fetchone()
        connection.execute("DROP TABLE payshift.made_by_the_clone")
    assert owner == ("payshift_migration",)
