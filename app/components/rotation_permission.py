"""Secrets Manager's right to call the function that rotates."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

from app.components.container_function import ContainerFunction
from app.config.names import Names


def rotation_permission(
    scope: Construct, id_: str, *, names: Names, function: ContainerFunction
) -> None:
    """Let Secrets Manager call `function`, on behalf of this account's secrets only."""
    LambdaPermission(
        scope,
        id_,
        statement_id="SecretsManager",
        action="lambda:InvokeFunction",
        function_name=function.function_name,
        principal="secretsmanager.amazonaws.com",
        source_account=names.account_id,
    )
