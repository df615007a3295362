"""How Lambda deals with asynchronous calls of a function, as CloudFormation's are."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.lambda_function_event_invoke_config import (
    LambdaFunctionEventInvokeConfig,
)
from constructs import Construct


def called_once(scope: Construct, id_: str, *, function_name: str) -> None:
    """Let a call that fails, or whose time runs out, be its last: Lambda would try it twice again.

    Calls that were throttled still wait for their turn.
    """
    LambdaFunctionEventInvokeConfig(
        scope, id_, function_name=function_name, maximum_retry_attempts=0
    )
