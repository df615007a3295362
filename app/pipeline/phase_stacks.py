"""CloudFormation stacks of a phase that a killed run left: still at work, or made and in no state.

A Terraform that is killed while it makes a stack never stores that it did, and every later one is
refused: the stack exists. In it are custom resources alone, which do nothing when they are deleted.
So it is deleted, and made anew: the plan stays the one that was reviewed, whatever was left behind.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import ClientError

from app.errors import WorldError
from app.pipeline.aws import code, translated
from app.pipeline.ours import require_ours, tags_of
from app.pipeline.report import Progress
from app.pipeline.state.locks import Locks
from app.pipeline.terraform import JSON_FILE, Plan

_TYPE = "aws_cloudformation_stack"
_MINUTES = re.compile(r"^(\d+)m$")
_LONGEST_MINUTES = 60
_MISSING = "ValidationError"
# The parameter by which a phase's stacks are told who changes them.
_RUN = "RunId"


class CloudFormationClient(Protocol):
    """The two operations of boto3's client that are used here."""

    def describe_stacks(self, *, StackName: str) -> Mapping[str, Any]:  # noqa: N803  # boto3's name
        """Return what AWS says of a stack."""

    def delete_stack(self, *, StackName: str) -> object:  # noqa: N803
        """Begin to delete a stack."""


@dataclass(frozen=True, slots=True)
class PhaseStacks:
    """Knows the last run of a phase's stacks, and makes way for its plan."""

    cloudformation: CloudFormationClient
    locks: Locks
    poll_seconds: float = 5.0

    def newest_run(self, directory: Path) -> str:
        """Return the newest run that the stacks of a workspace know; empty when there is none."""
        found = (self._find(str(one["name"])) for one in _defined(directory).values())
        parameters = (one.get("Parameters", []) for one in found if one is not None)
        return max(
            (one["ParameterValue"] for some in parameters for one in some
             if one["ParameterKey"] == _RUN),
            default="",
        )  # fmt: skip

    def make_way(self, plan: Plan, *, progress: Progress) -> None:
        """Wait for CloudFormation to end what it does, and delete what the plan is to create.

        Refused when a stack of that name is not ours, StateLocked when whoever makes it is alive,
        WorldError when it does not end within the time that the workspace gives it.
        """
        for name, minutes, action in _stacks(plan):
            found = self._settled(name, minutes=minutes, progress=progress)
            if found is None or action != "create":
                continue
            tags = tags_of(found.get("Tags", ()))
            require_ours(f"the stack {name}", tags, self.locks.names, workspace=plan.workspace)
            self.locks.require_free(plan.workspace)
            progress(f"{name}: left by a run that did not end, is deleted and made anew")
            with translated(f"deleting the stack {name}"):
                self.cloudformation.delete_stack(StackName=name)
            left = self._settled(name, minutes=minutes, progress=progress)
            if left is not None:
                raise WorldError(
                    f"the stack {name} could not be deleted: it is {left['StackStatus']}",
                    remedy="see its events in CloudFormation, delete it there, then deliver again",
                )

    def _settled(self, name: str, *, minutes: int, progress: Progress) -> Mapping[str, Any] | None:
        """Return a stack in which nothing goes on; None when there is none."""
        end, said = time.monotonic() + minutes * 60, ""
        while True:
            found = self._find(name)
            status = str(found["StackStatus"]) if found else ""
            if not status.endswith("_IN_PROGRESS"):
                return found
            if time.monotonic() > end:
                raise WorldError(
                    f"the stack {name} is {status} for more than {minutes} minutes",
                    remedy="see its events in CloudFormation, then deliver again",
                )
            if status != said:
                progress(f"{name}: is {status}, waiting for its end, {minutes} minutes at most")
            said = status
            time.sleep(self.poll_seconds)

    def _find(self, name: str) -> Mapping[str, Any] | None:
        with translated(f"looking for the stack {name}"):
            try:
                answer = self.cloudformation.describe_stacks(StackName=name)
            except ClientError as error:
                if code(error) == _MISSING:
                    return None
                raise
        found: Mapping[str, Any] = answer["Stacks"][0]
        return None if found["StackStatus"] == "DELETE_COMPLETE" else found


def _stacks(plan: Plan) -> Iterator[tuple[str, int, str]]:
    """Yield name, longest minutes and action of each stack that the plan touches."""
    known = _defined(plan.directory)
    for address, action in plan.summary.actions:
        kind, _, id_ = address.partition(".")
        if kind == _TYPE and id_ in known:
            limit = _MINUTES.match(str(known[id_].get("timeouts", {}).get("create", "")))
            yield known[id_]["name"], int(limit[1]) if limit else _LONGEST_MINUTES, action


def _defined(directory: Path) -> Mapping[str, Any]:
    """Return the stacks of a synthesized workspace, by their names in it."""
    text = (directory / JSON_FILE).read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text).get("resource", {}).get(_TYPE, {})
    return found
