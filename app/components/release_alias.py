"""A release colour: the alias under which the colour's own function is called."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
from constructs import Construct

from app.components.container_function import ContainerFunction


def release_alias(scope: Construct, id_: str, *, function: ContainerFunction) -> LambdaAlias:
    """Create an alias named `id_` for the version that the function published last.

    Provisioned copies belong to a version, and a version has one configuration of them: a second
    alias of the same function could be refused its copies. So a function has one alias.
    """
    return LambdaAlias(
        scope,
        f"alias-{id_}",
        name=id_,
        function_name=function.function_name,
        function_version=function.version,
    )
