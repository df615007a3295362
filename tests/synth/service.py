"""The functions of the workspace `service`, and what their roles may do."""

from __future__ import annotations

from tests.synth.workspaces import Json, Workspace

APIS = ("payment_api_blue", "payment_api_green")
ENGINE = ("validator", "handover", "secret_rotation", "comparison")
FUNCTIONS = (*APIS, *ENGINE)
# What Lambda itself does in a function's name, before and after our code.
BY_LAMBDA = {
    "WriteLogs",
    "AttachToNetwork",
    "DetachFromNetwork",
    "SeeNetwork",
    "Trace",
    "KeepFailures",
    "UseFunctionsKey",
}


def function(service: Workspace, name: str) -> Json:
    return service.resource(f"aws_lambda_function.{name}_function")


def rights(service: Workspace, name: str) -> dict[str, Json]:
    return service.statements(f"aws_iam_role_policy.{name}_role_policy")
