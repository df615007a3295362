"""Where production is: the phase that the payment API reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.config.names import Names
from app.errors import WorldError
from app.pipeline.aws import translated

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

NOWHERE = -1


@dataclass(frozen=True, slots=True)
class World:
    """The phase in force; number -1 while there is none."""

    number: int = NOWHERE
    aws_percent: int = 0
    features: Mapping[str, Any] = field(default_factory=dict)

    @property
    def phase(self) -> str | None:
        """The name of the phase in force."""
        return None if self.number == NOWHERE else f"phase-{self.number}"

    def __str__(self) -> str:
        if self.phase is None:
            return "in no phase yet"
        return f"in {self.phase}: {self.aws_percent} % at AWS, writer {self.features.get('writer')}"

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "phase": self.phase,
            "number": self.number,
            "aws_percent": self.aws_percent,
            "features": dict(self.features),
        }


def find_world(ssm: SSMClient, *, names: Names) -> World:
    """Read the phase in force. WorldError when AWS does not answer or the parameter is garbled."""
    name = names.features_parameter
    with translated(f"reading {name}"):
        try:
            text = ssm.get_parameter(Name=name)["Parameter"].get("Value", "")
        except ssm.exceptions.ParameterNotFound:
            return World()
    try:
        found = json.loads(text)
        return World(int(found["number"]), int(found["aws_percent"]), dict(found["features"]))
    except (ValueError, KeyError, TypeError) as error:
        message = f"the parameter {name} does not hold a phase"
        remedy = "see who wrote it, then run: payshift deliver --again"
        raise WorldError(message, remedy=remedy) from error
