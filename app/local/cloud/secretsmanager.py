"""Secrets Manager: a rotation runs the real function, and a secret without a value can have one."""

from __future__ import annotations

import json
import threading
import time
from typing import Any, Protocol
from uuid import uuid4

from moto.secretsmanager.exceptions import (
    InvalidRequestException,
    ResourceExistsException,
    SecretNotFoundException,
)
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

from app.local.cloud.functions import FunctionsUnavailable, Invoked
from app.local.cloud.replacing import replace

_DAY_SECONDS = 86_400
_RULE = "AutomaticallyAfterDays"
_STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
_GOES_ON = "A previous rotation isn't complete. That rotation will be reattempted."


class Invoke(Protocol):
    """What runs a function; `Functions` does."""

    def invoke(self, *, function: str, payload: bytes) -> Invoked:
        """Run it and wait for its answer."""
        ...


def adapt(functions: Invoke) -> None:
    """Adapt moto's Secrets Manager.

    moto answers 500 when a secret that is to be rotated has no value yet, starts the function in
    Docker, takes the new version for the default one whatever the function did, and lets the value
    of a version that is being made change.
    """
    put = replace(SecretsManagerBackend, "put_secret_value", None)
    move = replace(SecretsManagerBackend, "update_secret_version_stage", None)
    describe = replace(FakeSecret, "to_dict", None)
    rules: dict[str, dict[str, Any]] = {}

    def rotate_secret(  # noqa: PLR0917 - moto's signature
        self: SecretsManagerBackend,
        secret_id: str,
        client_request_token: str | None = None,
        rotation_lambda_arn: str | None = None,
        rotation_rules: dict[str, Any] | None = None,
        rotate_immediately: bool = True,  # noqa: FBT001, FBT002 - as above
    ) -> str:
        secret = _secret(self, secret_id)
        rules[secret.arn] = rotation_rules or rules.get(secret.arn, {})
        _enable(secret, arn=rotation_lambda_arn, days=rules[secret.arn].get(_RULE))
        if not (rotate_immediately and secret.versions):
            return str(secret.to_short_dict(include_version_id=False))
        token = _unfinished(secret)
        if token is not None:
            _start(functions, secret, token=token)
            raise InvalidRequestException(_GOES_ON)
        token = client_request_token or str(uuid4())
        secret.versions[token] = {
            "createdate": int(time.time()),
            "version_id": token,
            "version_stages": ["AWSPENDING"],
        }
        _start(functions, secret, token=token)
        return str(secret.to_short_dict(version_id=token))

    def put_secret_value(
        self: SecretsManagerBackend,
        secret_id: str,
        client_request_token: str | None,
        **rest: Any,  # noqa: ANN401 - handed through
    ) -> str:
        versions = _secret(self, secret_id).versions
        held = versions.get(client_request_token or "", {}).get("secret_string")
        if held is not None and held != rest["secret_string"]:
            raise ResourceExistsException("The version has another value already.")
        answer: str = put(
            self, secret_id=secret_id, client_request_token=client_request_token, **rest
        )
        return answer

    def update_secret_version_stage(
        self: SecretsManagerBackend,
        secret_id: str,
        version_stage: str,
        remove_from_version_id: str,
        move_to_version_id: str,
    ) -> tuple[str, str]:
        moved: tuple[str, str] = move(
            self, secret_id, version_stage, remove_from_version_id, move_to_version_id
        )
        if version_stage == "AWSCURRENT" and move_to_version_id:
            # What is read when no stage is named, and what the next value puts AWSPREVIOUS on.
            _secret(self, secret_id).set_default_version_id(move_to_version_id)
        return moved

    def to_dict(self: FakeSecret) -> dict[str, Any]:
        described: dict[str, Any] = describe(self)
        if self.rotation_requested:
            described["RotationRules"] = rules.get(self.arn, {})
        return described

    replace(SecretsManagerBackend, "rotate_secret", rotate_secret)
    replace(SecretsManagerBackend, "put_secret_value", put_secret_value)
    replace(SecretsManagerBackend, "update_secret_version_stage", update_secret_version_stage)
    replace(FakeSecret, "to_dict", to_dict)


def _secret(backend: SecretsManagerBackend, secret_id: str) -> FakeSecret:
    secret = backend.secrets.get(secret_id)
    if not isinstance(secret, FakeSecret):
        raise SecretNotFoundException
    if secret.is_deleted():
        raise InvalidRequestException("The secret is marked for deletion.")
    return secret


def _enable(secret: FakeSecret, *, arn: str | None, days: int | None) -> None:
    if not (arn or secret.rotation_lambda_arn):
        raise InvalidRequestException("No Lambda rotation function ARN is associated.")
    secret.rotation_lambda_arn = arn or secret.rotation_lambda_arn
    secret.rotation_requested = secret.rotation_enabled = True
    if days:
        secret.next_rotation_date = int(time.time()) + days * _DAY_SECONDS


def _unfinished(secret: FakeSecret) -> str | None:
    """Return the version of a rotation that has not come to its end."""
    for token, version in secret.versions.items():
        stages = version["version_stages"]
        if "AWSPENDING" in stages and "AWSCURRENT" not in stages:
            return str(token)
    return None


def _start(functions: Invoke, secret: FakeSecret, *, token: str) -> None:
    """Run the steps in the background, as AWS does; the first failure ends them."""
    threading.Thread(target=_run, args=(functions, secret, token), daemon=True).start()


def _run(functions: Invoke, secret: FakeSecret, token: str) -> None:
    name = secret.rotation_lambda_arn.partition(":function:")[2].partition(":")[0]
    for step in _STEPS:
        event = {"Step": step, "SecretId": secret.arn, "ClientRequestToken": token}
        try:
            invoked = functions.invoke(function=name, payload=json.dumps(event).encode())
        except FunctionsUnavailable:
            return
        if invoked.function_error or not 200 <= invoked.status < 300:  # noqa: PLR2004 - HTTP's own
            return
    secret.last_rotation_date = int(time.time())
