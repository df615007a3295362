"""An administrator without superuser makes what engine, clients and rotations need."""

from __future__ import annotations

import psycopg
import pytest

from app.errors import DatabaseFailed
from app.local.postgres import roles
from app.migration.connection import connect
from app.migration.schema import install_business_schema, prepare, unfenced_tables
from app.migration.sites import Site
from app.migration.users.clone import make_clone
from app.migration.users.password import new_password, set_password
from app.pipeline.first_logins.make import FirstLogins
from app.pipeline.report import silent
from tests.migration.first_logins.world import ROLES, SECRETS, World
from tests.migration.support import pay

pytestmark = pytest.mark.slow


def test_auroras_roles_are_what_the_engine_the_replication_and_rotations_need(
    aurora: World,
) -> None:
    aurora.make()
    assert aurora.ask(ROLES) == [
        ("payments_app", False, False, False, True, []),
        ("payments_owner", False, False, False, False, []),
        ("payshift_migration", False, True, False, True, ["payments_owner", "rds_superuser"]),
        ("payshift_replication", False, False, False, True,
         ["pg_read_all_data", "pg_write_all_data", "rds_superuser"]),
        ("payshift_rotation", False, True, False, True, []),
    ]  # fmt: skip
    # fact: what the master joined to act for the owner, it has left again
    assert aurora.ask(
        "SELECT pg_get_userbyid(roleid) FROM pg_auth_members "
        "WHERE member = 'payshift_master'::regrole"
    ) == [("rds_superuser",)]
    # fact: nobody comes in by being anybody
    assert aurora.ask("SELECT has_database_privilege('pg_monitor', 'payments', 'CONNECT')") == [
        (False,)
    ]


def test_the_engine_restores_definitions_prepares_and_the_application_pays(aurora: World) -> None:
    aurora.make()
    with connect(aurora.login("migration"), application_name="test") as engine:
        # As the definitions of a dump are: made in the owner's name, without grants.
        engine.execute("SET ROLE payments_owner")
        engine.execute("CREATE SCHEMA payments")
        engine.execute("CREATE TABLE payments.note (id bigint PRIMARY KEY, text text)")
        engine.execute("RESET ROLE")
        install_business_schema(engine)
        prepare(engine, site=Site.AWS, writer=Site.AWS, replicators=(roles.REPLICATION,))
        assert unfenced_tables(engine) == ()
    with connect(aurora.login("app"), application_name="test") as application:
        pay(application)
        # fact: what the owner makes later is the application's to read and write at once
        application.execute("INSERT INTO payments.note VALUES (1, 'x')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("DROP TABLE payments.note")
    with connect(aurora.login("replication"), application_name="test") as replication:
        assert replication.execute("SELECT count(*) FROM payments.payment").fetchone() == (1,)


@pytest.mark.parametrize("by", ["rotation", "migration"])
def test_rotations_make_the_second_user_of_every_pair(aurora: World, by: str) -> None:
    aurora.make()
    with connect(aurora.login(by), application_name="test") as connection:
        for user in (roles.APPLICATION, roles.ENGINE, roles.REPLICATION):
            with connection.transaction():
                make_clone(connection, clone=f"{user}_clone", original=user)
                set_password(connection, user=f"{user}_clone", password=new_password())
    assert aurora.ask("SELECT count(*) FROM pg_roles WHERE rolname LIKE '%\\_clone'") == [(3,)]


def test_who_is_neither_superuser_nor_amazons_is_refused(aurora: World) -> None:
    with connect(
        aurora.cluster.settings_for(role=roles.ADMIN), application_name="test"
    ) as connection:
        connection.execute("REVOKE rds_superuser FROM payshift_master")
    with pytest.raises(DatabaseFailed, match="payshift_master may not make the engine's role"):
        aurora.make()


def test_at_the_data_centre_owner_and_other_clients_stay_as_they_are(legacy: World) -> None:
    made = FirstLogins(
        administrator=legacy.administrator,
        client=legacy.client,
        secrets=SECRETS,
        carrier="dms",
        shut_to_others=False,
        progress=silent,
    ).make()
    assert not [one for one in made.statements if one.startswith("REVOKE")]
    # fact: DMS sets session_replication_role, which PostgreSQL 14 lets superusers do
    assert legacy.ask(ROLES) == [
        ("payments_app", False, False, False, True, []),
        ("payshift_migration", True, False, True, True, []),
        ("payshift_replication", True, False, True, True,
         ["pg_read_all_data", "pg_write_all_data"]),
        ("payshift_rotation", False, True, False, True, []),
    ]  # fmt: skip
    with connect(legacy.login("app"), application_name="test") as application:
        application.execute("INSERT INTO payments.payment DEFAULT VALUES")
    assert legacy.ask(
        "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'payments'"
    ) == [("shop_owner",)]
