"""The workspace `rotation`: every login gets a new password in time."""

from __future__ import annotations

import pytest

from app.config.names import DATABASE_ROLES, SITES
from tests.synth.workspaces import Json, Synthesized, Workspace

LOGINS = [(site, role) for site in SITES for role in DATABASE_ROLES]


@pytest.fixture(scope="module")
def rotation(production: Synthesized) -> Workspace:
    return production["rotation"]


def schedule(rotation: Workspace, site: str, role: str) -> Json:
    return rotation.resource(f"aws_secretsmanager_secret_rotation.login_{site}_{role}_schedule")


def test_every_login_that_the_data_workspace_makes_is_rotated(
    production: Synthesized, rotation: Workspace
) -> None:
    made = production["data"].resources("aws_secretsmanager_secret").values()
    found = rotation.json["data"]["aws_secretsmanager_secret"]
    names = {one["name"] for one in found.values()}
    assert names == {secret["name"] for secret in made}
    assert names == {f"payshift/production/{site}/{role}" for site, role in LOGINS}
    assert len(rotation.resources("aws_secretsmanager_secret_rotation")) == len(LOGINS) == 8


def test_a_login_lives_for_thirty_days(rotation: Workspace) -> None:
    for site, role in LOGINS:
        one = schedule(rotation, site, role)
        found = f"${{data.aws_secretsmanager_secret.login_{site}_{role}_secret.id}}"
        assert one["secret_id"] == found
        assert one["rotation_rules"] == {"automatically_after_days": 30}


def test_a_secret_that_has_no_value_yet_is_left_alone(rotation: Workspace) -> None:
    for site, role in LOGINS:
        assert schedule(rotation, site, role)["rotate_immediately"] is False


def test_the_function_of_the_service_workspace_rotates(
    production: Synthesized, rotation: Workspace
) -> None:
    functions = production["service"].resources("aws_lambda_function")
    name = functions["secret_rotation_function"]["function_name"]
    schedules = rotation.resources("aws_secretsmanager_secret_rotation").values()
    assert {one["rotation_lambda_arn"] for one in schedules} == {
        f"arn:aws:lambda:us-east-2:123456789012:function:{name}"
    }


def test_secrets_and_function_are_there_before_they_are_joined(production: Synthesized) -> None:
    assert production.dependencies()["rotation"] == {"data", "service"}
