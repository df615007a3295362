"""Whole operations on a stack, with CloudFormation's statuses and rollbacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.cloudformation.models import Stack

from app.local.cloud.cloudformation.events import EventLog
from app.local.cloud.cloudformation.order import dependency_order
from app.local.cloud.cloudformation.steps import StepFailed, Steps


@dataclass(frozen=True, slots=True)
class Change:
    """What UpdateStack was called with."""

    template: str
    role_arn: str | None
    parameters: Mapping[str, Any] | None
    tags: dict[str, str] | None


class Operation:
    """One create, update or delete. Each method runs to its end: call it in a thread."""

    def __init__(self, *, stack: Stack, token: str | None) -> None:
        self._stack = stack
        self._log = EventLog(stack=stack, token=token)
        self._steps = Steps(stack=stack, log=self._log)

    def create(self) -> None:
        """End in CREATE_COMPLETE, or undo everything and end in ROLLBACK_COMPLETE."""
        stack = self._stack
        stack.resource_map._template = stack.template_dict  # noqa: SLF001 - as moto's own create
        definitions = stack.template_dict["Resources"]
        tried: list[str] = []
        try:
            for name in self._wanted(definitions):
                tried.append(name)
                self._steps.create(name)
        except StepFailed as failed:
            self._log.stack_is("ROLLBACK_IN_PROGRESS", _reason("create", failed))
            self._undo_creates(tried, definitions, end="ROLLBACK")
            return
        self._log.stack_is("CREATE_COMPLETE")

    def update(self, change: Change) -> None:
        """End in UPDATE_COMPLETE, or go back and end in UPDATE_ROLLBACK_COMPLETE."""
        stack = self._stack
        before = Change(str(stack.template), stack.role_arn, dict(stack.parameters), stack.tags)
        old = stack.template_dict["Resources"]
        diff = self._switch(change)
        new = stack.template_dict["Resources"]
        tried: list[str] = []
        try:
            for name in self._wanted(new):
                if name in diff["Add"] or name in diff["Modify"]:
                    tried.append(name)
                    step = self._steps.create if name in diff["Add"] else self._steps.update
                    step(name)
        except StepFailed as failed:
            self._log.stack_is("UPDATE_ROLLBACK_IN_PROGRESS", _reason("update", failed))
            self._roll_back(before, tried, added=set(diff["Add"]), definitions=new)
            return
        self._clean_up_after_update(removed=diff["Remove"], definitions=old)

    def delete(self) -> bool:
        """End in DELETE_COMPLETE and return True, or in DELETE_FAILED."""
        definitions = self._stack.template_dict.get("Resources") or {}
        failed = []
        for name in reversed(self._wanted(definitions)):
            try:
                self._steps.delete(name, definition=definitions[name])
            except StepFailed:
                failed.append(name)
        if failed:
            reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
            self._log.stack_is("DELETE_FAILED", reason)
            return False
        self._log.stack_is("DELETE_COMPLETE")
        return True

    def begin(self, status: str) -> None:
        """Set the status with which the operation begins."""
        self._log.stack_is(status, "User Initiated")

    def _wanted(self, definitions: Mapping[str, Any]) -> list[str]:
        conditions = self._stack.resource_map.lazy_condition_map
        return [
            name
            for name in dependency_order(definitions)
            if "Condition" not in definitions[name] or conditions[definitions[name]["Condition"]]
        ]

    def _switch(self, change: Change) -> dict[str, list[str]]:
        """Make another template and other parameters the stack's present ones."""
        stack = self._stack
        parsed = Stack.parse_template(change.template)
        parameters = dict(change.parameters) if change.parameters is not None else None
        diff: dict[str, list[str]] = stack.resource_map.build_resource_diff(parsed, parameters)
        stack.template, stack.template_dict = change.template, parsed
        stack.description = parsed.get("Description")
        resources = stack.resource_map
        resources._template = parsed  # noqa: SLF001 - the three lines of moto's own update
        resources._resource_json_map = parsed["Resources"]  # noqa: SLF001 - as above
        if parameters is not None:
            resources.input_parameters = stack.parameters = parameters
        resources.load()
        stack.output_map = stack._create_output_map()  # noqa: SLF001 - as above
        stack.role_arn = change.role_arn or stack.role_arn
        stack.tags = change.tags if change.tags is not None else stack.tags
        return diff

    def _roll_back(
        self, before: Change, tried: list[str], *, added: set[str], definitions: Mapping[str, Any]
    ) -> None:
        self._switch(before)
        failed = []
        for name in reversed([name for name in tried if name not in added]):
            try:
                self._steps.update(name)
            except StepFailed:
                failed.append(name)
        if failed:
            reason = f"The following resource(s) failed to update: [{', '.join(failed)}]. "
            self._log.stack_is("UPDATE_ROLLBACK_FAILED", reason)
            return
        self._log.stack_is("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self._undo_creates(
            [name for name in tried if name in added], definitions, end="UPDATE_ROLLBACK"
        )

    def _undo_creates(self, names: list[str], definitions: Mapping[str, Any], *, end: str) -> None:
        failed = []
        for name in reversed(names):
            try:
                self._steps.delete(name, definition=definitions[name])
            except StepFailed:
                failed.append(name)
        if failed:
            reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
            self._log.stack_is(f"{end}_FAILED", reason)
        else:
            self._log.stack_is(f"{end}_COMPLETE")

    def _clean_up_after_update(self, *, removed: list[str], definitions: Mapping[str, Any]) -> None:
        self._log.stack_is("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self._steps.clean_up()
        for name in reversed(removed):
            try:
                self._steps.delete(name, definition=definitions[name])
            except StepFailed:
                continue  # CloudFormation leaves the resource behind and completes all the same
        self._log.stack_is("UPDATE_COMPLETE")


def _reason(verb: str, failed: StepFailed) -> str:
    return f"The following resource(s) failed to {verb}: [{failed}]. "
