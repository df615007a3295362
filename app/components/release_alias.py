"""A release colour: the alias whose version serves, or waits to serve."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
from constructs import Construct


def release_alias(
    scope: Construct, id_: str, *, function_name: str, newest_version: str, weight: int
) -> LambdaAlias:
    """Create an alias named `id_`.

    A colour without weight takes the newest version. A colour that serves keeps the version it
    has: a new image reaches clients only when weight moves to the colour that waited with it.
    """
    keeps_version = TerraformResourceLifecycle(ignore_changes=["function_version"])
    return LambdaAlias(
        scope,
        f"alias-{id_}",
        name=id_,
        function_name=function_name,
        function_version=newest_version,
        lifecycle=keeps_version if weight > 0 else None,
    )
