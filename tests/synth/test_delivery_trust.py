"""Who may take the roles of a delivery: workflows of our repository, and whoever is on call."""

from __future__ import annotations

import json

import pytest
from cdktf import App, TerraformStack

from app.components.github_identity import GithubIdentity
from app.config.loading import load_environment
from tests.synth.workspaces import Json, Synthesized, Workspace

ISSUER = "token.actions.githubusercontent.com"


def trust(bootstrap: Workspace, role: str) -> dict[str, Json]:
    """Who may take a role, by statement."""
    document = json.loads(bootstrap.resource(f"aws_iam_role.{role}_role")["assume_role_policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


@pytest.mark.parametrize(
    ("role", "claims"),
    [
        ("plan", {"sub": "repo:example/payshift:pull_request"}),
        ("drift", {"sub": "repo:example/payshift:ref:refs/heads/main"}),
        (
            "deliver",
            {"sub": "repo:example/payshift:environment:production", "ref": "refs/heads/main"},
        ),
        (
            "restore",
            {"sub": "repo:example/payshift:environment:production", "ref": "refs/heads/main"},
        ),
        ("release", {"sub": "repo:example/payshift:ref:refs/heads/main"}),
    ],
)
def test_a_role_is_taken_from_its_places_only(
    bootstrap: Workspace, role: str, claims: dict[str, str]
) -> None:
    trusted = trust(bootstrap, role)
    assert set(trusted) - {"BreakGlass"} == {"GitHub"}
    assert ("BreakGlass" in trusted) == (role == "deliver")
    assert trusted["GitHub"]["Condition"] == {
        "StringEquals": {f"{ISSUER}:{claim}": wanted for claim, wanted in claims.items()}
        | {f"{ISSUER}:aud": "sts.amazonaws.com"}
    }
    assert trusted["GitHub"]["Principal"] == {
        "Federated": "${aws_iam_openid_connect_provider.github_provider.arn}"
    }


def test_people_who_are_named_deliver_when_github_is_down(bootstrap: Workspace) -> None:
    people = trust(bootstrap, "deliver")["BreakGlass"]
    assert people["Action"] == ["sts:AssumeRole"]
    assert people["Principal"] == {"AWS": ["arn:aws:iam::123456789012:role/on-call"]}


def test_without_names_nobody_but_github_is_trusted(local: Synthesized) -> None:
    assert load_environment("local").delivery.break_glass_roles == ()
    assert set(trust(local["bootstrap"], "deliver")) == {"GitHub"}


def test_a_repository_with_numbers_is_trusted_by_its_names_and_numbers_alone() -> None:
    # fact: GitHub puts them into the tokens of repositories made or renamed since 15 July 2026
    production = load_environment("production")
    numbers = {"owner_id": 123456, "repository_id": 456789}
    delivery = production.delivery.model_copy(update=numbers)
    environment = production.model_copy(update={"delivery": delivery})
    github = GithubIdentity(TerraformStack(App(), "bootstrap"), "github", environment=environment)
    (statement,) = json.loads(github.main_branch())["Statement"]
    assert statement["Condition"]["StringEquals"][f"{ISSUER}:sub"] == (
        "repo:example@123456/payshift@456789:ref:refs/heads/main"
    )
