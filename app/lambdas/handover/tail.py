"""What follows a change of writer and takes minutes, in an invocation of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from app.lambdas.custom_resource import seconds_to_act
from app.lambdas.logins import AWS_CALLS
from app.migration.handover import Handover
from app.migration.replication.base import Replication
from app.migration.sites import Databases

ACTION = "finish"

logger = Logger(service="handover", log_uncaught_exceptions=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """Finishes the last handover: rows flow away from the writer again."""

    databases: Callable[[], Databases]
    replication: Replication

    def __call__(self, *, seconds: float) -> dict[str, Any]:
        """Finish what is left; return who writes. Lambda calls again when this raises."""
        engine = Handover(databases=self.databases(), replication=self.replication)
        writer = engine.finish(deadline_seconds=seconds)
        return {"writer": writer and writer.value}

    def leave_to_another(self, context: LambdaContext) -> None:
        """Let a further invocation finish; when Lambda does not take it, finish in this one."""
        try:
            boto3.client("lambda", config=AWS_CALLS).invoke(
                FunctionName=context.invoked_function_arn,
                InvocationType="Event",
                Payload=json.dumps({"action": ACTION}).encode(),
            )
        except (BotoCoreError, ClientError) as error:
            logger.warning("nobody else can finish", extra={"reason": str(error)})
            self(seconds=seconds_to_act(context))
