"""What the last look for drift found of the foundation: a step up asks it instead of planning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from app.config.names import Names
from app.errors import WorldError
from app.pipeline.aws import translated
from app.pipeline.drift.run import plans_of_the_foundation
from app.pipeline.probing.base import Line, Outcome
from app.pipeline.probing.report import Report
from app.pipeline.stored import read_object

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Workspace(_Frozen):
    """What its plan showed that should not be, in sentences without values."""

    name: str
    drifted: tuple[str, ...]
    unknown: tuple[str, ...]


class LastLook(_Frozen):
    """All workspaces of the foundation at one time."""

    at: AwareDatetime
    workspaces: tuple[Workspace, ...]

    @classmethod
    def of(cls, report: Report, *, at: datetime) -> LastLook:
        """Take from a report what a step up asks for."""
        found = plans_of_the_foundation(report).items()
        return cls(
            at=at,
            workspaces=tuple(
                Workspace(
                    name=name,
                    drifted=_said(lines, Outcome.FAILED),
                    unknown=_said(lines, Outcome.UNKNOWN),
                )
                for name, lines in found
            ),
        )


@dataclass(frozen=True, slots=True)
class LastLooks:
    """The newest look: the role of the workflow drift writes it, and that role nothing else."""

    s3: S3Client
    names: Names

    def keep(self, look: LastLook) -> None:
        """Store a look in the place of the one before."""
        with translated("keeping what the look for drift found"):
            self.s3.put_object(
                Bucket=self.names.state_bucket,
                Key=self.names.drift_key,
                Body=look.model_dump_json(indent=1).encode(),
                ContentType="application/json",
            )

    def find(self) -> LastLook | None:
        """Return the newest look, None when nobody looked yet. WorldError when it is garbled."""
        with translated("reading what the last look for drift found"):
            content = read_object(self.s3, bucket=self.names.state_bucket, key=self.names.drift_key)
        if content is None:
            return None
        try:
            return LastLook.model_validate_json(content)
        except ValidationError as error:
            message = f"{self.names.drift_key} is not what payshift writes"
            raise WorldError(message, remedy="run: payshift drift --keep") from error


def _said(lines: Sequence[Line], outcome: Outcome) -> tuple[str, ...]:
    return tuple(f"{one.subject}: {one.message}" for one in lines if one.outcome is outcome)
