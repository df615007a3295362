"""No password is seen: not in the log of a server that logs everything, not in its statistics."""

from __future__ import annotations

import psycopg
import pytest

from app.errors import DatabaseFailed
from app.migration.replication import followers
from app.migration.sites import Site
from app.migration.users import administration
from tests.lambdas.secret_rotation.world import CURRENT, PENDING, PREVIOUS, STEPS, USERS, World

pytestmark = pytest.mark.slow


def passwords(world: World) -> set[str]:
    found = set()
    for site in Site:
        for role in USERS:
            for stage in (CURRENT, PREVIOUS):
                found.add(world.login(site, role, stage).password.get_secret_value())
    return found


class Logs:
    """What both servers have logged since this was made, after the resets of the tests."""

    def __init__(self, world: World) -> None:
        self._files = [cluster.log for cluster in world.pair.clusters.values()]
        self._begin = [file.stat().st_size for file in self._files]

    def read(self) -> str:
        """Return it as one text."""
        parts = zip(self._files, self._begin, strict=True)
        return "".join(file.read_bytes()[begin:].decode() for file, begin in parts)


def test_no_password_is_in_a_server_log_or_statistic_or_in_ours(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    logs = Logs(world)
    for site in Site:
        for role in ("app", "migration", "migration", "replication", "rotation"):
            world.rotate(site, role)
    secrets = passwords(world)
    assert len(secrets) == 16
    log = logs.read()
    assert "ALTER ROLE" in log
    assert "payshift_forward" in log
    out, err = capfd.readouterr()
    statistics = ""
    for site in Site:
        with world.admin(site) as connection:
            statistics += str(connection.execute("SELECT query FROM pg_stat_activity").fetchall())
    for secret in secrets:
        assert secret not in log
        assert secret not in out + err
        assert secret not in statistics


def test_an_error_about_a_subscription_shows_no_password(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The server refuses the statement that holds one, and would quote it in its answer."""
    logs = Logs(world)
    token = world.start(Site.LEGACY, "migration")
    for step in STEPS[:3]:
        world.step(step, Site.LEGACY, "migration", token)
    broken = """DO $$ BEGIN EXECUTE format('ALTER SUBSCRIPTION %I CONNEXION %L', {name},
                current_setting('payshift.peer')); END $$"""
    monkeypatch.setattr(followers, "_ALTER", broken)
    with pytest.raises(DatabaseFailed) as failed:
        world.step("finishSecret", Site.LEGACY, "migration", token)
    assert "42601" in failed.value.message
    out, err = capfd.readouterr()
    told = f"{failed.value!r} {failed.value} {failed.value.__cause__!r}" + out + err + logs.read()
    for stage in (CURRENT, PENDING):
        login = world.login(Site.LEGACY, "migration", stage)
        assert login.password.get_secret_value() not in told


def test_what_the_server_is_sent_is_no_password_but_what_it_checks_one_against(
    world: World,
) -> None:
    with administration.administration(world.login(Site.LEGACY, "rotation")) as connection:
        password = world.login(Site.LEGACY, "app").password
        sent = administration.verifier(connection, user="payments_app", password=password)
    assert sent.startswith("SCRAM-SHA-256$")
    assert password.get_secret_value() not in sent


def test_an_error_of_the_server_is_told_without_its_statement(world: World) -> None:
    settings = world.login(Site.LEGACY, "rotation")
    with (
        pytest.raises(DatabaseFailed) as failed,
        administration.administration(settings) as connection,
    ):
        connection.execute("ALTER ROLE payments_app PASSWORD 'in the statement' OOPS")
    assert "42601" in failed.value.message
    assert "in the statement" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert not isinstance(failed.value, psycopg.Error)
