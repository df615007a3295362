"""Who uses a login reads it again as soon as it is refused, and otherwise now and then."""

from __future__ import annotations

import boto3
import pytest
from psycopg import sql

from app.errors import DatabaseFailed, LoginRefused
from app.lambdas.logins import Login, secrets_provider
from app.lambdas.payment_api.sessions import DatabaseUnreachable, Sessions
from app.local.postgres.cluster import free_port
from app.migration.connection import connect
from app.migration.sites import Site
from tests.lambdas.conftest import keep_secret
from tests.lambdas.secret_rotation.world import World

pytestmark = pytest.mark.slow


def change(world: World, password: str) -> None:
    """Give the application another password, without its clone, and keep it in the secret."""
    with world.admin(Site.LEGACY) as connection:
        connection.execute(
            sql.SQL("ALTER ROLE payments_app PASSWORD {}").format(sql.Literal(password))
        )
    login = world.login(Site.LEGACY, "app")
    new = login.model_copy(update={"password": type(login.password)(password)})
    keep_secret(world.secret(Site.LEGACY, "app"), new)


def login_of(world: World) -> Login:
    return Login(
        secret=world.secret(Site.LEGACY, "app"),
        trust_bundle=world.trust_bundle,
        provider=secrets_provider(),
    )


def test_a_login_that_is_refused_again_and_again_is_read_at_once_each_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faster than a database that is away may be looked up; the changes here follow at once."""
    monkeypatch.setattr("app.lambdas.logins._REFUSED_EVERY_SECONDS", 0.0)
    sessions = Sessions(logins={Site.LEGACY: login_of(world)}, application_name="test")
    sessions.get(Site.LEGACY)
    for number in range(3):
        change(world, f"changed-{number}")
        sessions.drop(Site.LEGACY)
        assert not sessions.get(Site.LEGACY).closed
    sessions.close()


def test_a_wrong_secret_is_not_asked_for_in_a_loop(world: World) -> None:
    login = login_of(world)
    known = login()
    asked = []
    client = boto3.client("secretsmanager")
    client.meta.events.register("before-call", lambda **_: asked.append(1))
    provider = secrets_provider()
    provider.client = client
    counted = Login(
        secret=world.secret(Site.LEGACY, "app"), trust_bundle=world.trust_bundle, provider=provider
    )
    for _ in range(50):
        assert counted(refresh=True, refused=True) == known
    assert len(asked) < 25


def test_a_refused_login_is_told_from_a_server_that_is_away(world: World) -> None:
    good = world.login(Site.LEGACY, "app")
    with pytest.raises(LoginRefused):
        connect(
            good.model_copy(update={"password": type(good.password)("wrong")}),
            application_name="test",
        )
    with pytest.raises(DatabaseFailed) as away:
        connect(good.model_copy(update={"port": free_port()}), application_name="test")
    assert not isinstance(away.value, LoginRefused)


def test_a_secret_that_holds_a_wrong_login_is_a_database_that_cannot_be_reached(
    world: World,
) -> None:
    login = world.login(Site.LEGACY, "app")
    wrong = login.model_copy(update={"password": type(login.password)("wrong")})
    keep_secret(world.secret(Site.LEGACY, "app"), wrong)
    sessions = Sessions(logins={Site.LEGACY: login_of(world)}, application_name="test")
    with pytest.raises(DatabaseUnreachable):
        sessions.get(Site.LEGACY)
