"""Settings of the delivery: which repository may change the target, and from where."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from app.config.base import Settings, mistake

Repository = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$",
        examples=["example/payshift"],
    ),
]
ProtectedEnvironment = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$", examples=["production"])
]
RoleName = Annotated[
    str,
    Field(
        pattern=r"^([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]{1,64}$",
        examples=["on-call"],
    ),
]
GithubId = Annotated[int, Field(ge=1, examples=[123456])]


class Delivery(Settings):
    """The repository on GitHub, its environment whose protection rules ask a person, and pace."""

    repository: Repository
    owner_id: GithubId | None = Field(
        default=None,
        description="GitHub's number of the owner, for a repository made or renamed since 15 July "
        "2026: `gh api repos/OWNER/NAME --jq '.owner.id, .id'`.",
    )
    repository_id: GithubId | None = Field(
        default=None, description="GitHub's number of the repository, by the same command."
    )
    protected_environment: ProtectedEnvironment
    break_glass_roles: tuple[RoleName, ...] = Field(
        default=(),
        description="Roles of the account that may take the role deliver when GitHub is down, each "
        "with its path; of Identity Center, such as "
        "aws-reserved/sso.amazonaws.com/REGION/AWSReservedSSO_OnCall_0123456789abcdef.",
    )
    review_required: bool = Field(
        description="Refuse a step up whose plan no pull request has shown."
    )
    bake_minute_seconds: int = Field(
        ge=0, le=60, description="How long a minute of a phase's bake time lasts; 0 skips it."
    )
    drift_known_hours: int = Field(
        ge=0,
        le=72,
        description="How old the last look for drift may be for a step up; 0 does not ask for it.",
    )

    @property
    def identity(self) -> str:
        """The repository as GitHub's tokens name it: with both numbers, or by names alone.

        https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
        """
        if self.owner_id is None:
            return self.repository
        owner, _, name = self.repository.partition("/")
        return f"{owner}@{self.owner_id}/{name}@{self.repository_id}"

    @model_validator(mode="after")
    def _both_numbers_or_neither(self) -> Delivery:
        numbers = {"owner_id": self.owner_id, "repository_id": self.repository_id}
        missing = [name for name, number in numbers.items() if number is None]
        if len(missing) == 1:
            (given,) = numbers.keys() - set(missing)
            raise mistake(
                f"{given} is given without {missing[0]}: no token of GitHub has one of them",
                at=(given,),
                remedy=f"write {missing[0]} too: `gh api repos/{self.repository} "
                "--jq '.owner.id, .id'` prints both, the owner's first",
            )
        return self
