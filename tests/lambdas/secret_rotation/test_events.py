"""What is refused at the door, and how it is told."""

from __future__ import annotations

from typing import Any

import pytest

from app.config.names import Names
from app.errors import InputError, RotationRefused, WorldError
from app.lambdas.secret_rotation.event import RotationEvent
from app.lambdas.secret_rotation.login_name import LoginName, LoginRole
from app.migration.sites import Site
from tests.lambdas.invocation import lambda_context
from tests.lambdas.secret_rotation.world import STEPS, World

GOOD = {
    "Step": "setSecret",
    "SecretId": "payshift/local/legacy/app",
    "ClientRequestToken": "5f0d9f39-6d75-4a6f-9f4c-51b1a0d9a3b7",
}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Step": "dropSecret"}, "Step: Input should be 'createSecret', 'setSecret'"),
        ({"Step": None}, "Step"),
        ({"SecretId": ""}, "SecretId: String should have at least 1 character"),
        ({"ClientRequestToken": "short"}, "ClientRequestToken: String should match pattern"),
    ],
)
def test_an_event_that_is_none_is_refused_with_what_is_wrong(
    change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InputError) as refused:
        RotationEvent.parse({**GOOD, **change})
    assert reason in refused.value.message


def test_every_mistake_of_an_event_is_named() -> None:
    with pytest.raises(InputError) as refused:
        RotationEvent.parse({})
    for member in GOOD:
        assert f"{member}: Field required" in refused.value.message


@pytest.mark.parametrize("step", STEPS)
def test_members_that_aws_may_add_are_let_through(step: str) -> None:
    event = RotationEvent.parse({**GOOD, "Step": step, "RotationToken": "x"})
    assert event.step == step


@pytest.mark.parametrize("site", Site)
@pytest.mark.parametrize("role", LoginRole)
def test_every_login_is_known_by_the_name_of_its_secret(site: Site, role: LoginRole) -> None:
    name = Names("production", "123456789012", "us-east-2").secret(site, role)
    login = LoginName.parse(name, environment="production")
    assert (login.site, login.role) == (site, role)


@pytest.mark.parametrize(
    "name",
    ["payshift/production/legacy/app", "payshift/local/moon/app", "payshift/local/aws/root", "x"],
)
def test_a_secret_of_another_environment_or_purpose_is_not_touched(name: str) -> None:
    with pytest.raises(InputError, match="is no login of the environment local"):
        LoginName.parse(name, environment="local")


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_secret_that_is_not_enabled_for_rotation_is_refused(world: World, step: str) -> None:
    name = world.secret(Site.LEGACY, "app")
    token = world.start(Site.LEGACY, "app")
    world.client.cancel_rotate_secret(SecretId=name)
    with pytest.raises(RotationRefused, match="not enabled for rotation"):
        world.step(step, Site.LEGACY, "app", token)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_version_that_nobody_asked_for_is_refused(world: World, step: str) -> None:
    with pytest.raises(RotationRefused, match="has no version"):
        world.step(step, Site.LEGACY, "app", GOOD["ClientRequestToken"])


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS[1:])
def test_a_step_before_the_first_one_is_refused(world: World, step: str) -> None:
    token = world.start(Site.LEGACY, "app")
    with pytest.raises(RotationRefused, match="has no value staged AWSPENDING"):
        world.step(step, Site.LEGACY, "app", token)


@pytest.mark.slow
def test_a_secret_that_does_not_exist_is_an_error_of_the_world(world: World) -> None:
    event = {**GOOD, "SecretId": "payshift/local/legacy/nobody"}
    with pytest.raises(WorldError, match="payshift/local/legacy/nobody"):
        world.module.handler(event, lambda_context())
