"""A site's first logins: an administrator without superuser makes what engine and clients need."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import psycopg
import pytest
from moto import mock_aws
from psycopg import sql

from app.config.carrier import Carrier
from app.config.loading import load_environment
from app.config.names import Names
from app.errors import DatabaseFailed, InputError, LoginRefused
from app.local.postgres import roles
from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import PostgresCluster
from app.local.postgres.place import ServerPlace
from app.migration.connection import DatabaseSettings, connect
from app.migration.schema import install_business_schema, prepare, unfenced_tables
from app.migration.sites import Site
from app.migration.users.clone import make_clone
from app.migration.users.password import new_password, set_password
from app.migration.users.roles import LOGINS
from app.pipeline.cli import main
from app.pipeline.first_logins.make import FirstLogins, LoginInUse, Made
from app.pipeline.report import silent
from tests.clusters import QUICK
from tests.migration.support import pay

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MASTER = "payshift_master"
SECRETS = {login: f"payshift/production/aws/{login}" for login in LOGINS}
# As Aurora has them: no superuser, and roles that stand for a part of what one may do.
AURORA = (
    "CREATE ROLE rds_replication NOLOGIN",
    "CREATE ROLE rds_superuser NOLOGIN",
    "GRANT pg_monitor, pg_signal_backend, rds_replication TO rds_superuser WITH ADMIN OPTION",
    "CREATE ROLE payshift_master LOGIN CREATEROLE CREATEDB IN ROLE rds_superuser",
)
ROLES = """
SELECT rolname, rolsuper, rolcreaterole, rolreplication, rolcanlogin,
       ARRAY(SELECT pg_get_userbyid(roleid) FROM pg_auth_members WHERE member = r.oid ORDER BY 1)
FROM pg_roles r WHERE rolname LIKE 'pay%' AND rolname <> 'payshift_master' ORDER BY 1
"""
SNAPSHOT = """
SELECT ARRAY(SELECT t::text FROM pg_authid t WHERE rolname LIKE 'pay%' ORDER BY 1),
       ARRAY(SELECT t::text FROM pg_auth_members t ORDER BY 1),
       ARRAY(SELECT t::text FROM pg_default_acl t ORDER BY 1),
       ARRAY(SELECT datacl::text FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture(scope="module")
def cluster(place: ServerPlace, authority: LocalAuthority) -> Iterator[PostgresCluster]:
    found = PostgresCluster(name="first", place=place, authority=authority, settings=QUICK)
    try:
        found.create()
        yield found
    finally:
        found.destroy()


@dataclass(slots=True)
class World:
    """A server without our roles, an administrator, and secrets without values."""

    cluster: PostgresCluster
    client: SecretsManagerClient
    administrator: DatabaseSettings
    put: list[str] = field(default_factory=list)

    def make(
        self, *, dry_run: bool = False, anew: tuple[str, ...] = (), carrier: Carrier = "dms"
    ) -> Made:
        """Do what the command does."""
        return FirstLogins(
            administrator=self.administrator,
            client=self.client,
            secrets=SECRETS,
            carrier=carrier,
            shut_to_others=True,
            progress=silent,
            anew=anew,
        ).make(dry_run=dry_run)

    def secret(self, login: str) -> dict[str, Any]:
        """Return what a secret holds."""
        found: dict[str, Any] = json.loads(
            self.client.get_secret_value(SecretId=SECRETS[login])["SecretString"]
        )
        return found

    def login(self, login: str) -> DatabaseSettings:
        """Return the login in a secret, as functions read it."""
        text = json.dumps(self.secret(login))
        return DatabaseSettings.from_secret(text, self.administrator.sslrootcert)

    def versions(self) -> Mapping[str, list[str]]:
        """Return the versions of every secret."""
        return {
            name: sorted(self.client.describe_secret(SecretId=name).get("VersionIdsToStages", {}))
            for name in SECRETS.values()
        }

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the server as its own superuser."""
        settings = self.cluster.settings_for(role=roles.ADMIN)
        with connect(settings, application_name="test") as connection:
            return connection.execute(statement.encode()).fetchall()


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


def test_every_secret_gets_a_login_that_works(aurora: World) -> None:
    made = aurora.make()
    assert made.secrets == tuple(SECRETS.values())
    for login, user in LOGINS.items():
        secret = aurora.secret(login)
        assert secret["username"] == user
        assert secret["dbname"] == "payments"
        assert (secret["host"], secret["port"]) == ("localhost", aurora.cluster.port)
        with connect(aurora.login(login), application_name="test") as connection:
            assert connection.info.user == user


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


def test_a_second_run_changes_nothing(aurora: World) -> None:
    aurora.make()
    before, versions = aurora.ask(SNAPSHOT), aurora.versions()
    with connect(aurora.login("migration"), application_name="test") as engine:
        install_business_schema(engine)
    made = aurora.make()
    assert made.lines() == ["every role, grant and secret is there: nothing was changed"]
    assert (aurora.ask(SNAPSHOT), aurora.versions()) == (before, versions)


def test_a_dry_run_tells_everything_and_does_nothing(aurora: World) -> None:
    before, versions = aurora.ask(SNAPSHOT), aurora.versions()
    told = aurora.make(dry_run=True)
    assert (aurora.ask(SNAPSHOT), aurora.versions()) == (before, versions)
    assert told.lines()[-1] == "nothing of it was done: --dry-run"
    done = aurora.make()
    assert (told.statements, told.secrets) == (done.statements, done.secrets)
    assert 'CREATE ROLE "payments_app" LOGIN' in done.statements


@pytest.mark.parametrize("kept", [0, 1, 3, 4])
def test_a_run_that_ended_between_secret_and_role_is_finished_by_the_next(
    aurora: World, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = FirstLogins._keep

    def dies(self: FirstLogins, name: str, settings: DatabaseSettings) -> None:
        if len(aurora.put) == kept:
            raise KeyboardInterrupt
        keep(self, name, settings)
        aurora.put.append(name)
        if len(aurora.put) == len(SECRETS) == kept:
            # The last secret stands, and the transaction is not committed any more.
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(FirstLogins, "_keep", dies)
        with pytest.raises(KeyboardInterrupt):
            aurora.make()
    assert aurora.ask("SELECT FROM pg_roles WHERE rolname = 'payments_app'") == []
    kept_before = [aurora.secret(login) for login in list(LOGINS)[:kept]]
    made = aurora.make()
    # fact: a value that stood there is the one that works now
    assert [aurora.secret(login) for login in list(LOGINS)[:kept]] == kept_before
    assert made.secrets == tuple(SECRETS.values())[kept:]
    for login in LOGINS:
        connect(aurora.login(login), application_name="test").close()


def test_a_role_that_somebody_uses_keeps_its_password(aurora: World) -> None:
    aurora.make()
    used = aurora.login("app")
    aurora.client.delete_secret(SecretId=SECRETS["app"], ForceDeleteWithoutRecovery=True)
    aurora.client.create_secret(Name=SECRETS["app"])
    with pytest.raises(LoginInUse, match="payments_app is there") as refusal:
        aurora.make()
    assert refusal.value.remedy.endswith("--new-password app")
    connect(used, application_name="test").close()
    assert aurora.make(anew=("app",)).secrets == (SECRETS["app"],)
    connect(aurora.login("app"), application_name="test").close()
    with pytest.raises(LoginRefused):
        connect(used, application_name="test")


def test_a_secret_that_does_not_work_is_told_and_left(aurora: World) -> None:
    aurora.make()
    wrong = json.dumps({**aurora.secret("app"), "password": "wrong"})
    aurora.client.put_secret_value(SecretId=SECRETS["app"], SecretString=wrong)
    with pytest.raises(LoginRefused, match="payments_app is not let in with what payshift/"):
        aurora.make()
    assert json.dumps(aurora.secret("app")) == wrong


def test_a_secret_of_somebody_else_is_refused(aurora: World) -> None:
    value = {"host": "h", "port": 5432, "dbname": "payments", "username": "u", "password": "p"}
    aurora.client.put_secret_value(SecretId=SECRETS["app"], SecretString=json.dumps(value))
    with pytest.raises(InputError, match="holds the login of u, not of payments_app"):
        aurora.make()
    assert aurora.ask("SELECT FROM pg_roles WHERE rolname = 'payments_app'") == []


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


def test_no_password_is_in_the_servers_log_or_in_what_is_told(aurora: World) -> None:
    with connect(
        aurora.cluster.settings_for(role=roles.ADMIN), application_name="test"
    ) as connection:
        connection.execute("ALTER ROLE payshift_master SET log_statement = 'all'")
    told = aurora.make()
    log = aurora.cluster.log.read_text(encoding="utf-8")
    assert 'ALTER ROLE "payments_app" LOGIN PASSWORD' in log
    for login in LOGINS:
        password = aurora.secret(login)["password"]
        assert len(password) == 40
        assert password not in log
        assert password not in json.dumps(told.as_record())


def test_the_command_makes_the_logins_of_the_data_centre_and_shows_no_password(
    legacy: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    names = Names.of(load_environment("production")).secrets("legacy")
    for name in names.values():
        legacy.client.create_secret(Name=name)
    administrator = legacy.administrator
    password = administrator.password.get_secret_value()
    file = tmp_path / "administrator.json"
    place = {"host": administrator.host, "port": administrator.port}
    login = {"username": administrator.user, "password": password}
    file.write_text(json.dumps({**place, **login}), encoding="utf-8")
    monkeypatch.setenv("PAYSHIFT_TRUST_BUNDLE", str(administrator.sslrootcert))
    command = ["payshift", "-e", "production", "logins", "legacy", "--administrator", str(file)]

    def run(*more: str) -> str:
        monkeypatch.setattr("sys.argv", [*command, *more])
        assert main() == 0
        said = capfd.readouterr()
        assert password not in said.out + said.err
        return said.out

    assert run("--dry-run").endswith("nothing of it was done: --dry-run\n")
    made = json.loads(run("--json"))
    assert made["secrets"] == list(names.values())
    # fact: the database is others' too, who need no grant for it
    assert not [one for one in made["statements"] if one.startswith("REVOKE")]
    assert run() == "every role, grant and secret is there: nothing was changed\n"
