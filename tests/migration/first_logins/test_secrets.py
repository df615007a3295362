"""Each secret gets a login that works, and a run that broke off is finished by the next."""

from __future__ import annotations

import json

import pytest

from app.errors import InputError, LoginRefused
from app.local.postgres import roles
from app.migration.connection import DatabaseSettings, connect
from app.migration.schema import install_business_schema
from app.migration.users.roles import LOGINS
from app.pipeline.first_logins.make import FirstLogins, LoginInUse
from tests.migration.first_logins.world import SECRETS, SNAPSHOT, World

pytestmark = pytest.mark.slow


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
