"""What both databases say of themselves, asked through the handover function in the VPC."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.config.names import Names
from app.errors import WorldError
from app.pipeline.aws import translated

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_ASK = json.dumps({"action": "status"}).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStanding:
    """Who writes. `writer` is None when nobody, or more than one site, accepts writes."""

    writer: str | None
    epoch: int
    accepting: tuple[str, ...]
    unreachable: tuple[str, ...]
    lag_seconds: float | None

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "writer": self.writer,
            "epoch": self.epoch,
            "accepting": list(self.accepting),
            "unreachable": list(self.unreachable),
            "lag_seconds": self.lag_seconds,
        }


def ask_engine(client: LambdaClient, *, names: Names) -> EngineStanding:
    """Ask now. WorldError when the function is not there, or fails."""
    function = names.function("handover")
    with translated(f"asking {function}"):
        answer = client.invoke(FunctionName=function, Payload=_ASK)
        text = answer["Payload"].read()
    try:
        told = json.loads(text)
        if answer.get("FunctionError"):
            raise WorldError(
                f"{function} failed: {told.get('errorMessage', 'it said nothing')}",
                remedy=f"read its log: /aws/lambda/{function}",
            )
        lag = told["lag_seconds"]
        return EngineStanding(
            writer=told["writer"],
            epoch=int(told["epoch"]),
            accepting=tuple(told["accepting"]),
            unreachable=tuple(told["unreachable"]),
            lag_seconds=None if lag is None else float(lag),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{function} answered what cannot be understood"
        raise WorldError(message, remedy="is it of the same release as this command?") from error
