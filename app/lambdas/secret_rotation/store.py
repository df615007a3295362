"""Secrets Manager as a rotation sees it: versions, the stages that label them, new passwords."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import SecretStr

from app.errors import WorldError
from app.lambdas.logins import AWS_CALLS

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"
PREVIOUS = "AWSPREVIOUS"

# Letters and digits only: quotes, slashes and colons break connection strings, URLs and shells.
# 40 of 62 characters are 238 bits.
PASSWORD_CHARACTERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretState:
    """What Secrets Manager says of a secret, without any value."""

    name: str
    rotation_enabled: bool
    stages: Mapping[str, frozenset[str]]

    def version_with(self, stage: str) -> str | None:
        """Return the version that carries a stage, None when none does."""
        return next((version for version, held in self.stages.items() if stage in held), None)


class SecretStore:
    """Reads and writes the versions of secrets. Raises WorldError when AWS says no."""

    @cached_property
    def _client(self) -> SecretsManagerClient:
        return boto3.client("secretsmanager", config=AWS_CALLS)

    def describe(self, secret_id: str) -> SecretState:
        """Return the state of a secret."""
        with _translated(f"read about the secret {secret_id}"):
            answer = self._client.describe_secret(SecretId=secret_id)
        return SecretState(
            name=answer["Name"],
            rotation_enabled=answer.get("RotationEnabled", False),
            stages={
                version: frozenset(stages)
                for version, stages in answer.get("VersionIdsToStages", {}).items()
            },
        )

    def value(self, secret_id: str, *, stage: str, version: str | None = None) -> str | None:
        """Return the value that carries a stage; None when there is no such version or value."""
        chosen = {"VersionId": version} if version is not None else {}
        with _translated(f"read {stage} of the secret {secret_id}"):
            try:
                answer = self._client.get_secret_value(
                    SecretId=secret_id,
                    VersionStage=stage,
                    **chosen,
                )
            except self._client.exceptions.ResourceNotFoundException:
                return None
        return answer.get("SecretString")

    def put_pending(self, secret_id: str, *, token: str, value: str) -> None:
        """Give the version that is being made its value; one that it got meanwhile stays."""
        with _translated(f"keep a new version of the secret {secret_id}"):
            try:
                self._client.put_secret_value(
                    SecretId=secret_id,
                    ClientRequestToken=token,
                    SecretString=value,
                    VersionStages=[PENDING],
                )
            except self._client.exceptions.ResourceExistsException:
                # The same step ran twice at once, and the other one was first.
                return

    def make_current(self, secret_id: str, *, token: str, instead_of: str) -> None:
        """Move AWSCURRENT; refused by AWS when `instead_of` does not carry it any more."""
        with _translated(f"make the new version of the secret {secret_id} the current one"):
            self._client.update_secret_version_stage(
                SecretId=secret_id,
                VersionStage=CURRENT,
                MoveToVersionId=token,
                RemoveFromVersionId=instead_of,
            )

    def end_pending(self, secret_id: str, *, token: str) -> None:
        """Take AWSPENDING away, so that nobody takes the rotation for one that goes on."""
        with _translated(f"end the rotation of the secret {secret_id}"):
            self._client.update_secret_version_stage(
                SecretId=secret_id, VersionStage=PENDING, RemoveFromVersionId=token
            )

    def new_password(self) -> SecretStr:
        """Return a random password of letters and digits."""
        with _translated("get a random password"):
            answer = self._client.get_random_password(
                PasswordLength=PASSWORD_CHARACTERS, ExcludePunctuation=True, IncludeSpace=False
            )
        return SecretStr(answer["RandomPassword"])


@contextmanager
def _translated(action: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise WorldError(
            f"Cannot {action}: {error}",
            remedy="Look at the function's role, the key policy and the endpoint of the VPC.",
        ) from error
