"""The protocol of CloudFormation's custom resources: whatever happens, exactly one answer is given.

What the function does is its `act`; this module decides whether it has to act at all, keeps an eye
on the clock, and answers. CloudFormation waits for the answer for up to an hour, so a function that
dies without one blocks a whole deployment.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal

from app.errors import PayshiftError
from app.lambdas.custom_resource_answer import Answer

# What sending the answer may need, also with a retry, before Lambda ends the sandbox; of a short
# time it is only a part.
ANSWER_SECONDS = 8.0
ANSWER_SHARE = 0.25

logger = Logger(service="custom-resource", log_uncaught_exceptions=False)


class RunProperties(BaseModel):
    """Properties of every one of our custom resources; CloudFormation sends all as strings."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_pascal)

    run_id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")
    from_phase: int = Field(ge=-1)
    phase: int = Field(ge=0)
    deadline_seconds: float = Field(gt=0, le=3600)

    @property
    def going_down(self) -> bool:
        """True for a rollback: to a lower phase than the one production is in."""
        return self.phase < self.from_phase

    @property
    def reports_within_seconds(self) -> float | None:
        """What only reports is answered with success, after this time at the latest.

        None for what decides whether production goes on: then only the action succeeds.
        """
        return None


PropertiesT_contra = TypeVar("PropertiesT_contra", bound=RunProperties, contravariant=True)
PropertiesT = TypeVar("PropertiesT", bound=RunProperties)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the action ended: `reason` is for people, `data` becomes the resource's attributes."""

    success: bool
    reason: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


class Act(Protocol[PropertiesT_contra]):
    """What the resource is there for. A raised error becomes FAILED with its message.

    Not where the properties say that it only reports: that is answered with SUCCESS in time,
    whatever becomes of the action.
    """

    def __call__(self, properties: PropertiesT_contra, *, seconds: float) -> Outcome | None:
        """Act, and be done within `seconds`; None when another invocation goes on and answers."""


def serve(
    event: Mapping[str, Any],
    context: LambdaContext,
    *,
    model: type[PropertiesT],
    act: Act[PropertiesT],
) -> None:
    """Handle one event of CloudFormation and answer it.

    Delete does nothing. An update whose run id sorts before the old one is CloudFormation undoing
    an update that failed: the world has moved on since that older run, so nothing is done either.
    """
    request = CloudFormationCustomResourceEvent(dict(event))
    answer = Answer(
        request,
        log_stream=context.log_stream_name,
        physical_id=_physical_id(request),
    )
    logger.info("custom resource", extra=_facts(request))
    reporting = _reports_within(request, model=model)
    with _answering_in_time(answer, context, reporting_seconds=reporting):
        outcome = _outcome(request, context, model=model, act=act)
        if outcome is not None:
            answer.send(success=outcome.success, reason=outcome.reason, data=outcome.data)


def seconds_to_act(context: LambdaContext) -> float:
    """Return what this invocation has left for acting, with time to answer after it."""
    left, reserve = _clock(context)
    return max(0.0, left - 2 * reserve)


def _outcome(
    request: CloudFormationCustomResourceEvent,
    context: LambdaContext,
    *,
    model: type[PropertiesT],
    act: Act[PropertiesT],
) -> Outcome | None:
    if request.request_type == "Delete":
        return Outcome(success=True, reason="nothing to delete")
    if _is_being_undone(request):
        return Outcome(success=True, reason="an older run is put back: nothing to do")
    try:
        properties = model.model_validate(request.resource_properties)
    except ValidationError as error:
        mistakes = [f"{mistake['loc'][0]}: {mistake['msg']}" for mistake in error.errors()]
        return Outcome(success=False, reason="\n".join(["wrong properties", *mistakes]))
    try:
        seconds = min(seconds_to_act(context), properties.deadline_seconds)
        return act(properties, seconds=seconds)
    except PayshiftError as error:
        logger.warning("refused", extra={"reason": str(error)})
        reason = str(error)
    except Exception as error:
        # Whatever it was: CloudFormation is waiting.
        logger.exception("failed")
        reason = f"{type(error).__name__}: {error}"
    return Outcome(success=properties.reports_within_seconds is not None, reason=reason)


def _reports_within(
    request: CloudFormationCustomResourceEvent, *, model: type[PropertiesT]
) -> float | None:
    try:
        return model.model_validate(request.resource_properties).reports_within_seconds
    except ValidationError:
        return None


def _is_being_undone(request: CloudFormationCustomResourceEvent) -> bool:
    old, new = (
        request.old_resource_properties.get("RunId"),
        request.resource_properties.get("RunId"),
    )
    return request.request_type == "Update" and old is not None and str(new) < str(old)


def _physical_id(request: CloudFormationCustomResourceEvent) -> str:
    # The id never changes: another one would make CloudFormation delete "the old resource".
    if request.request_type != "Create" and request.physical_resource_id:
        return request.physical_resource_id
    stack_name = request.stack_id.split("/")[1] if "/" in request.stack_id else request.stack_id
    return f"{stack_name}/{request.logical_resource_id}"


@contextmanager
def _answering_in_time(
    answer: Answer, context: LambdaContext, *, reporting_seconds: float | None
) -> Iterator[None]:
    """Answer shortly before Lambda ends the sandbox, should the action still be running.

    FAILED; what only reports does not let anybody wait as long, and succeeds.
    """
    left, reserve = _clock(context)
    seconds, up = max(0.0, left - reserve), f"{left:.0f} s, when the function's time was up"
    if reporting_seconds is not None:
        seconds = min(seconds, reporting_seconds)
        up = f"{seconds:g} s, and only reports: nothing waits for it"
    guard = threading.Timer(
        seconds,
        answer.send,
        kwargs={"success": reporting_seconds is not None, "reason": f"still running after {up}"},
    )
    guard.daemon = True
    guard.start()
    try:
        yield
    finally:
        guard.cancel()


def _clock(context: LambdaContext) -> tuple[float, float]:
    """Return the seconds left to this invocation, and how many of them the answer needs."""
    left = context.get_remaining_time_in_millis() / 1e3
    return left, min(ANSWER_SECONDS, left * ANSWER_SHARE)


def _facts(request: CloudFormationCustomResourceEvent) -> dict[str, Any]:
    return {
        "request_type": request.request_type,
        "stack_id": request.stack_id,
        "resource": request.logical_resource_id,
        "properties": request.resource_properties,
        "old_properties": request.old_resource_properties,
    }
