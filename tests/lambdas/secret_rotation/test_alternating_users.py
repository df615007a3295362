"""Rotations of the logins that take turns: app, migration, replication, at both sites."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.errors import LoginRefused, PayshiftError, RotationRefused
from app.lambdas.secret_rotation import alternating
from app.lambdas.secret_rotation.store import SecretStore
from app.migration.connection import connect
from app.migration.sites import Site
from tests.lambdas.conftest import keep_secret
from tests.lambdas.secret_rotation.world import (
    CURRENT,
    PENDING,
    PREVIOUS,
    STEPS,
    USERS,
    World,
    works,
)

pytestmark = pytest.mark.slow

ALTERNATING = ("app", "migration", "replication")
EVERY_LOGIN = [(site, role) for site in Site for role in ALTERNATING]


def test_the_first_step_makes_a_login_for_the_other_user_and_touches_no_database(
    world: World,
) -> None:
    token = world.start(Site.AWS, "app")
    before = world.login(Site.AWS, "app")
    world.step("createSecret", Site.AWS, "app", token)

    pending = world.login(Site.AWS, "app", PENDING)
    assert pending.user == "payments_app_clone"
    assert len(pending.password.get_secret_value()) == 40
    assert pending.password.get_secret_value().isalnum()
    assert (pending.host, pending.port, pending.dbname) == (before.host, before.port, before.dbname)
    assert world.login(Site.AWS, "app") == before
    assert not works(pending)


def test_the_second_step_lets_the_new_login_in_beside_the_old_one(world: World) -> None:
    token = world.start(Site.AWS, "app")
    for step in STEPS[:2]:
        world.step(step, Site.AWS, "app", token)
    assert works(world.login(Site.AWS, "app", PENDING))
    assert works(world.login(Site.AWS, "app"))


@pytest.mark.parametrize("step", ["testSecret", "finishSecret"])
def test_a_login_that_does_not_work_never_becomes_the_current_one(world: World, step: str) -> None:
    before = world.login(Site.LEGACY, "app")
    token = world.start(Site.LEGACY, "app")
    world.step("createSecret", Site.LEGACY, "app", token)
    with pytest.raises(LoginRefused):
        world.step(step, Site.LEGACY, "app", token)
    assert world.login(Site.LEGACY, "app") == before


@pytest.mark.parametrize(("site", "role"), EVERY_LOGIN)
def test_two_users_take_turns_and_the_old_login_stays_valid(
    world: World, site: Site, role: str
) -> None:
    original, clone = USERS[role], f"{USERS[role]}_clone"
    seen, passwords = [], set()
    for _ in range(5):
        old = world.login(site, role)
        token = world.rotate(site, role)
        new = world.login(site, role)
        seen.append(new.user)
        passwords.add(new.password.get_secret_value())
        assert works(new)
        assert works(old)
        assert world.login(site, role, PREVIOUS) == old
        assert world.stages(site, role)[token] == [CURRENT]
    assert seen == [clone, original, clone, original, clone]
    assert len(passwords) == 5


@pytest.mark.parametrize(
    ("site", "role"),
    [(Site.LEGACY, "app"), (Site.AWS, "migration"), (Site.LEGACY, "replication")],
)
@pytest.mark.parametrize("done", range(5))
def test_a_rotation_that_ended_after_any_step_is_finished_by_the_same_token(
    world: World, site: Site, role: str, done: int
) -> None:
    old = world.login(site, role)
    token = world.start(site, role)
    for step in STEPS[:done]:
        world.step(step, site, role, token)
    assert works(world.login(site, role))
    for step in STEPS:
        world.step(step, site, role, token)
        world.step(step, site, role, token)

    new = world.login(site, role)
    assert new.user == f"{old.user}_clone"
    assert works(new)
    assert works(old)
    assert world.stages(site, role)[token] == [CURRENT]
    held = [stage for stages in world.stages(site, role).values() for stage in stages]
    assert sorted(held) == [CURRENT, PREVIOUS]


@pytest.mark.parametrize("role", ["app", "migration", "rotation"])
def test_every_step_may_run_several_times_at_once(world: World, role: str) -> None:
    token = world.start(Site.LEGACY, role)
    with ThreadPoolExecutor(max_workers=4) as pool:
        for step in STEPS[:3]:
            list(
                pool.map(lambda _, step=step: world.step(step, Site.LEGACY, role, token), range(4))
            )
    world.step("finishSecret", Site.LEGACY, role, token)
    assert works(world.login(Site.LEGACY, role))


def test_a_crash_inside_the_second_step_leaves_nothing_half_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = world.start(Site.LEGACY, "app")
    world.step("createSecret", Site.LEGACY, "app", token)

    def crash(*_: Any, **__: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(alternating, "set_password", crash)
        with pytest.raises(MemoryError):
            world.step("setSecret", Site.LEGACY, "app", token)
    with world.admin(Site.LEGACY) as connection:
        made = connection.execute("SELECT FROM pg_roles WHERE rolname = 'payments_app_clone'")
        assert made.fetchone() is None
    for step in STEPS:
        world.step(step, Site.LEGACY, "app", token)
    assert works(world.login(Site.LEGACY, "app"))


def test_a_crash_between_the_last_two_calls_is_mended_by_the_same_step(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = world.start(Site.LEGACY, "app")
    for step in STEPS[:3]:
        world.step(step, Site.LEGACY, "app", token)

    def crash(*_: Any, **__: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(SecretStore, "end_pending", crash)
        with pytest.raises(MemoryError):
            world.step("finishSecret", Site.LEGACY, "app", token)
    assert world.stages(Site.LEGACY, "app")[token] == [CURRENT, PENDING]
    world.step("finishSecret", Site.LEGACY, "app", token)
    assert world.stages(Site.LEGACY, "app")[token] == [CURRENT]


@pytest.mark.parametrize("step", STEPS)
def test_an_old_token_changes_nothing(world: World, step: str) -> None:
    first = world.rotate(Site.LEGACY, "app")
    world.rotate(Site.LEGACY, "app")
    world.rotate(Site.LEGACY, "app")
    current, previous = world.login(Site.LEGACY, "app"), world.login(Site.LEGACY, "app", PREVIOUS)
    with pytest.raises(RotationRefused, match="an old one"):
        world.step(step, Site.LEGACY, "app", first)
    assert world.login(Site.LEGACY, "app") == current
    assert works(current)
    assert works(previous)


@pytest.mark.parametrize("done", [1, 2, 3])
def test_a_rotation_that_was_given_up_is_overtaken_by_the_next_one(world: World, done: int) -> None:
    first = world.start(Site.LEGACY, "app")
    for step in STEPS[:done]:
        world.step(step, Site.LEGACY, "app", first)
    client = world.client
    name = world.secret(Site.LEGACY, "app")
    client.update_secret_version_stage(
        SecretId=name, VersionStage=PENDING, RemoveFromVersionId=first
    )
    old = world.login(Site.LEGACY, "app")
    world.rotate(Site.LEGACY, "app")
    assert works(world.login(Site.LEGACY, "app"))
    assert works(old)
    for step in STEPS:
        with pytest.raises(RotationRefused):
            world.step(step, Site.LEGACY, "app", first)


def test_who_writes_a_secret_without_knowing_a_password_gets_none_set(world: World) -> None:
    keep_secret(
        world.secret(Site.LEGACY, "app"),
        world.login(Site.LEGACY, "app").model_copy(update={"user": "payments_owner"}),
    )
    token = world.start(Site.LEGACY, "app")
    world.step("createSecret", Site.LEGACY, "app", token)
    with pytest.raises(LoginRefused):
        world.step("setSecret", Site.LEGACY, "app", token)
    with world.admin(Site.LEGACY) as connection:
        made = connection.execute("SELECT FROM pg_roles WHERE rolname = 'payments_owner_clone'")
        assert made.fetchone() is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"user": "payshift_replication"}, "is not the other one of payments_app"),
        (
            {"user": "payments_app_clone", "dbname": "postgres"},
            "leads to another database",
        ),
    ],
)
def test_a_pending_login_of_someone_else_is_refused(
    world: World, change: dict[str, str], reason: str
) -> None:
    token = world.start(Site.LEGACY, "app")
    other = world.login(Site.LEGACY, "app").model_copy(update=change)
    SecretStore().put_pending(
        world.secret(Site.LEGACY, "app"), token=token, value=_value(other.model_dump())
    )
    with pytest.raises(RotationRefused, match=reason):
        world.step("setSecret", Site.LEGACY, "app", token)


def test_the_applications_rotation_never_uses_the_engines_login(world: World) -> None:
    with world.admin(Site.LEGACY) as connection:
        connection.execute("ALTER ROLE payments_app REPLICATION")
    try:
        token = world.start(Site.LEGACY, "app")
        world.step("createSecret", Site.LEGACY, "app", token)
        with pytest.raises(PayshiftError, match="42501"):
            world.step("setSecret", Site.LEGACY, "app", token)
    finally:
        with world.admin(Site.LEGACY) as connection:
            connection.execute("ALTER ROLE payments_app NOREPLICATION")


def test_a_rotation_that_secrets_manager_runs_itself_ends_with_a_new_login(world: World) -> None:
    name, old = world.secret(Site.AWS, "app"), world.login(Site.AWS, "app")
    world.functions.handler = world.module.handler
    version = world.client.rotate_secret(SecretId=name)["VersionId"]
    while world.stages(Site.AWS, "app").get(version) != [CURRENT]:
        time.sleep(0.02)
    assert world.login(Site.AWS, "app").user == "payments_app_clone"
    assert world.client.get_secret_value(SecretId=name)["VersionId"] == version
    with connect(old, application_name="test") as connection:
        connection.execute("SELECT FROM payments.payment")


def _value(login: dict[str, Any]) -> str:
    return json.dumps(
        {
            "host": login["host"],
            "port": login["port"],
            "dbname": login["dbname"],
            "username": login["user"],
            "password": login["password"].get_secret_value(),
        }
    )
