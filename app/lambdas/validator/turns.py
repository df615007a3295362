"""Carries a gate from one invocation of the validator to the next, exactly one at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from app.errors import WorldError
from app.lambdas import evidence
from app.lambdas.custom_resource import Outcome, seconds_to_act
from app.lambdas.logins import AWS_CALLS
from app.lambdas.validator.properties import ValidationProperties
from app.lambdas.validator.turn import MOST_TURNS, Turn
from app.lambdas.validator.validation import Validation

logger = Logger(service="validator", log_uncaught_exceptions=False)


@dataclass(frozen=True, slots=True)
class Turns:
    """One event's turn of a gate; called by the custom resource protocol."""

    event: Mapping[str, Any]
    context: LambdaContext
    validation: Validation

    def __call__(self, properties: ValidationProperties, *, seconds: float) -> Outcome | None:
        """Take the turn; None when another invocation goes on, which then answers.

        A turn may take as long as its invocation: when the gate's deadline is over, it concludes.
        Lambda may deliver an event twice. Both copies of a turn look, which harms nothing, but
        only the first that is not done hands the gate on: the chain never becomes two. Raises
        WorldError when Lambda does not take the next turn.
        """
        found = self.validation.take_turn(
            properties,
            Turn.of(self.event),
            seconds=max(seconds, seconds_to_act(self.context)),
        )
        if isinstance(found, Outcome):
            return found
        if found.number > MOST_TURNS:
            reason = f"not clear after {MOST_TURNS} invocations"
            return Outcome(success=properties.going_down, reason=reason)
        first = evidence.keep_first(
            {"kind": "turn", **found.model_dump(mode="json")},
            bucket=self.validation.evidence_bucket,
            run_id=properties.run_id,
            name=f"{properties.record_name}-turn-{found.number}",
        )
        logger.info("turn is over", extra={"next": found.number, "handed_on": first})
        if first:
            self._invoke(found)
        return None

    def _invoke(self, turn: Turn) -> None:
        payload = json.dumps(turn.put_into(self.event)).encode()
        try:
            boto3.client("lambda", config=AWS_CALLS).invoke(
                FunctionName=self.context.invoked_function_arn,
                InvocationType="Event",
                Payload=payload,
            )
        except (BotoCoreError, ClientError) as error:
            raise WorldError(
                f"The gate cannot go on in another invocation: {error}",
                remedy="Look at the right lambda:InvokeFunction of the validator on itself.",
            ) from error
