"""Step Functions: executions run for real, by moto's interpreter, against this cloud."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from moto.core.config import default_user_config
from moto.core.responses import ActionResult
from moto.stepfunctions import responses
from moto.stepfunctions.parser.api import InvalidDefinition

from app.local.cloud.replacing import add, replace

_CLIENTS = "moto.stepfunctions.parser.asl.utils.boto_client"
# Longer than any function runs: the definition's own time-outs decide.
_READ_SECONDS = 1_000


def adapt(*, endpoint: Callable[[], str]) -> None:
    """Interpret definitions; what they call is this process, not moto's own port 5000.

    The interpreter takes a second to load, so it is loaded when somebody asks for it.
    """
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    get_backend = replace(responses, "get_backend", None)
    loading, loaded = threading.Lock(), threading.Event()

    def interpreting(account: str, region: str) -> Any:  # noqa: ANN401 - moto's backend
        with loading:
            if not loaded.is_set():
                _call(endpoint)
                loaded.set()
        return get_backend(account, region)

    replace(responses, "get_backend", interpreting)
    add(responses.StepFunctionResponse, "validate_state_machine_definition", _validate)
    add(responses.StepFunctionResponse, "list_state_machine_versions", _list_versions)


def _validate(self: responses.StepFunctionResponse) -> ActionResult:
    """Tell, before a definition is used, what the interpreter says of it. Terraform's plan asks."""
    # Our backend is the interpreter's: its own check refuses what it cannot run.
    backend: Any = responses.get_backend(self.current_account, self.region)
    try:
        backend._validate_definition(definition=self._get_param("definition"))  # noqa: SLF001 - moto's own check
    except InvalidDefinition as error:
        mistake = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": str(error)}
        return ActionResult({"result": "FAIL", "diagnostics": [mistake]})
    return ActionResult({"result": "OK", "diagnostics": []})


def _list_versions(self: responses.StepFunctionResponse) -> ActionResult:
    """List what was published of a machine, newest first. Terraform's reading asks."""
    backend = responses.get_backend(self.current_account, self.region)
    machine = backend.describe_state_machine(self._get_param("stateMachineArn"))
    versions = [
        {"stateMachineVersionArn": version.arn, "creationDate": version.creation_date}
        for version in reversed(machine.versions.values())
    ]
    return ActionResult({"stateMachineVersions": versions})


def _call(endpoint: Callable[[], str]) -> None:
    """Before the rest of the interpreter is loaded, which imports the function by its name."""

    def boto_client_for(
        region: str,
        service: str,
        state_credentials: object = None,  # noqa: ARG001 - a role, which moto does not enforce
    ) -> Any:  # noqa: ANN401 - a client of any service
        return boto3.client(
            service,  # type: ignore[call-overload]  # whatever a definition names
            region_name=region,
            endpoint_url=endpoint(),
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - moto accepts anything
            config=Config(
                retries={"total_max_attempts": 1},
                read_timeout=_READ_SECONDS,
                s3={"addressing_style": "path"},
            ),
        )

    replace(importlib.import_module(_CLIENTS), "boto_client_for", boto_client_for)
