"""The rotation login changes its own password, and other rotations go on meanwhile."""

from __future__ import annotations

import pytest

from app.errors import LoginRefused, RotationRefused
from app.migration.connection import connect
from app.migration.sites import Site
from tests.lambdas.conftest import keep_secret
from tests.lambdas.secret_rotation.world import CURRENT, STEPS, World, works

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("site", Site)
def test_the_administrator_gets_a_new_password_each_time(world: World, site: Site) -> None:
    for _ in range(3):
        old = world.login(site, "rotation")
        world.rotate(site, "rotation")
        new = world.login(site, "rotation")
        assert new.user == old.user == "payshift_rotation"
        assert works(new)
        assert not works(old)


@pytest.mark.parametrize("done", range(5))
def test_its_rotation_that_ended_after_any_step_is_finished_by_the_same_token(
    world: World, done: int
) -> None:
    token = world.start(Site.LEGACY, "rotation")
    for step in STEPS[:done]:
        world.step(step, Site.LEGACY, "rotation", token)
    for step in STEPS:
        world.step(step, Site.LEGACY, "rotation", token)
        world.step(step, Site.LEGACY, "rotation", token)
    assert works(world.login(Site.LEGACY, "rotation"))
    assert world.stages(Site.LEGACY, "rotation")[token] == [CURRENT]


@pytest.mark.parametrize("done", range(1, 5))
def test_other_logins_are_rotated_while_it_is_half_way(world: World, done: int) -> None:
    token = world.start(Site.LEGACY, "rotation")
    for step in STEPS[:done]:
        world.step(step, Site.LEGACY, "rotation", token)
    world.rotate(Site.LEGACY, "app")
    assert works(world.login(Site.LEGACY, "app"))


def test_it_is_no_superuser(world: World) -> None:
    with connect(world.login(Site.LEGACY, "rotation"), application_name="test") as connection:
        row = connection.execute(
            "SELECT rolsuper, rolreplication, rolcreaterole FROM pg_roles"
            " WHERE rolname = session_user"
        ).fetchone()
    assert row == (False, False, True)


def test_without_a_working_administrator_the_secret_to_mend_is_named(world: World) -> None:
    broken = world.login(Site.LEGACY, "rotation")
    wrong = broken.model_copy(update={"password": type(broken.password)("wrong")})
    keep_secret(world.secret(Site.LEGACY, "rotation"), wrong)
    before = world.login(Site.LEGACY, "app")
    token = world.start(Site.LEGACY, "app")
    world.step("createSecret", Site.LEGACY, "app", token)
    with pytest.raises(RotationRefused) as refused:
        world.step("setSecret", Site.LEGACY, "app", token)
    assert "payshift/local/legacy/rotation" in refused.value.remedy
    assert isinstance(refused.value.__cause__, LoginRefused)
    assert world.login(Site.LEGACY, "app") == before


def test_its_own_rotation_fails_when_no_known_password_works(world: World) -> None:
    broken = world.login(Site.LEGACY, "rotation")
    wrong = broken.model_copy(update={"password": type(broken.password)("wrong")})
    for _ in range(2):
        keep_secret(world.secret(Site.LEGACY, "rotation"), wrong)
    token = world.start(Site.LEGACY, "rotation")
    world.step("createSecret", Site.LEGACY, "rotation", token)
    with pytest.raises(RotationRefused, match="No known password of payshift_rotation works"):
        world.step("setSecret", Site.LEGACY, "rotation", token)
