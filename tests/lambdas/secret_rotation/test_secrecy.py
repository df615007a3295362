"""No password is seen: not in the log of a server that logs everything, not in its statistics."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from app.errors import DatabaseFailed, PayshiftError
from app.migration.replication import followers
from app.migration.sites import Site
from app.migration.users import administration
from tests.lambdas.secret_rotation.world import CURRENT, PREVIOUS, STEPS, USERS, World

pytestmark = pytest.mark.slow


def passwords(world: World) -> set[str]:
    found = set()
    for site in Site:
        for role in USERS:
            for stage in (CURRENT, PREVIOUS):
                found.add(world.login(site, role, stage).password.get_secret_value())
    return found


def logged(world: World) -> str:
    return "".join(cluster.log.read_text() for cluster in world.pair.clusters.values())


def test_no_password_is_in_a_server_log_or_statistic_or_in_ours(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    before = len(logged(world))
    for site in Site:
        for role in ("app", "migration", "migration", "replication", "rotation"):
            world.rotate(site, role)
    secrets = passwords(world)
    assert len(secrets) == 16
    # The resets of the tests set passwords openly; they were logged before.
    log = logged(world)[before:]
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


@pytest.mark.parametrize("step", STEPS)
def test_no_error_shows_a_password(
    world: World, step: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The server refuses every statement that alters a role or a subscription."""
    token = world.start(Site.LEGACY, "migration")
    for earlier in STEPS[: STEPS.index(step)]:
        world.step(earlier, Site.LEGACY, "migration", token)

    def broken(*_: Any, **__: Any) -> str:
        return "SCRAM-SHA-256$'"

    monkeypatch.setattr("app.migration.users.password.verifier", broken)
    monkeypatch.setattr(
        followers,
        "_ALTER",
        "DO $$ BEGIN EXECUTE format('X %L %s', {name}, 1"
        ", current_setting('payshift.peer')); END $$",
    )
    before = len(logged(world))
    try:
        world.step(step, Site.LEGACY, "migration", token)
    except PayshiftError as error:
        told = f"{error!r} {error} {error.__cause__!r}"
    else:
        told = ""
    secrets = {world.login(Site.LEGACY, "migration").password.get_secret_value()}
    if step != "createSecret":
        assert told == "" or "SCRAM" not in told
        pending = world.login(Site.LEGACY, "migration", "AWSPENDING")
        secrets.add(pending.password.get_secret_value())
    out, err = capfd.readouterr()
    for secret in secrets:
        assert secret not in told + out + err + logged(world)[before:]


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
    assert "syntax error" in failed.value.message
    assert "in the statement" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert not isinstance(failed.value, psycopg.Error)
