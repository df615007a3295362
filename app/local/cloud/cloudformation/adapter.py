"""Puts our operations in the place of moto's for stacks that hold custom resources."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, Stack
from moto.cloudformation.responses import CloudFormationResponse

from app.local.cloud.cloudformation.events import remember_token, token_of_request
from app.local.cloud.cloudformation.notifications import (
    check_topics,
    remember_topics,
    take_topics,
)
from app.local.cloud.cloudformation.operations import Change, Operation
from app.local.cloud.cloudformation.resource import CustomResource
from app.local.cloud.cloudformation.service import CustomResourceService
from app.local.cloud.cloudformation.steps import is_custom
from app.local.cloud.replacing import replace

_NO_OUTPUTS = ("FAILED", "ROLLBACK_COMPLETE", "DELETE_COMPLETE")


def adapt(service: CustomResourceService) -> None:
    """Adapt moto's CloudFormation."""
    CustomResource.service = service
    _know_custom_types()
    _read_requests()
    _create_in_a_thread()
    _update_in_a_thread()
    _delete_in_a_thread()
    _read_without_creating()


def _know_custom_types() -> None:
    class_of = replace(parsing, "resource_class_from_type", None)

    def resource_class_from_type(kind: str) -> object:
        return CustomResource if is_custom({"Type": kind}) else class_of(kind)

    replace(parsing, "resource_class_from_type", resource_class_from_type)


def _read_requests() -> None:
    """Keep what moto reads of no request: the client's token, and whom to notify."""
    for name in ("create_stack", "update_stack", "delete_stack"):
        replace(CloudFormationResponse, name, _reading(getattr(CloudFormationResponse, name)))


def _reading(original: Callable[..., Any]) -> Callable[..., Any]:
    def respond(self: CloudFormationResponse) -> object:
        remember_token(self._get_param("ClientRequestToken"))
        remember_topics(self._get_param("NotificationARNs"))
        check_topics(self.current_account, self.region)
        return original(self)

    return respond


def _create_in_a_thread() -> None:
    create = replace(Stack, "create_resources", None)

    def create_resources(self: Stack) -> None:
        if not _has_custom(self.template_dict):
            create(self)
            return
        self.status = "CREATE_IN_PROGRESS"
        _start(Operation(stack=self, token=token_of_request()).create)

    replace(Stack, "create_resources", create_resources)


def _update_in_a_thread() -> None:
    update = replace(Stack, "update", None)

    def update_stack(
        self: Stack,
        template: str,
        role_arn: str | None = None,
        parameters: dict[str, Any] | None = None,
        tags: dict[str, str] | None = None,
    ) -> None:
        _refuse_update(self)
        new = Stack.parse_template(template)
        if new == self.template_dict and (parameters or {}) == self.parameters and not tags:
            raise ValidationError(self.name, message="No updates are to be performed.")
        if not (_has_custom(new) or _has_custom(self.template_dict)):
            update(self, template, role_arn, parameters, tags)
            return
        take_topics(self)
        operation = Operation(stack=self, token=token_of_request())
        operation.begin("UPDATE_IN_PROGRESS")
        change = Change(template=template, role_arn=role_arn, parameters=parameters, tags=tags)
        _start(lambda: operation.update(change))

    replace(Stack, "update", update_stack)


def _refuse_update(stack: Stack) -> None:
    if stack.status.endswith(("IN_PROGRESS", "ROLLBACK_FAILED", "DELETE_FAILED")):
        message = f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
        raise ValidationError(stack.stack_id, message=message)


def _delete_in_a_thread() -> None:
    delete = replace(CloudFormationBackend, "delete_stack", None)

    def delete_stack(self: CloudFormationBackend, name_or_stack_id: str) -> None:
        stack = next(
            (s for s in self.stacks.values() if name_or_stack_id in (s.name, s.stack_id)), None
        )
        if stack is None or not _has_custom(stack.template_dict):
            delete(self, name_or_stack_id)
            return
        if stack.status == "DELETE_IN_PROGRESS":
            return
        operation = Operation(stack=stack, token=token_of_request())
        operation.begin("DELETE_IN_PROGRESS")

        def work() -> None:
            if operation.delete():
                self.deleted_stacks[stack.stack_id] = stack
                self.stacks.pop(stack.stack_id, None)

        _start(work)

    replace(CloudFormationBackend, "delete_stack", delete_stack)


def _read_without_creating() -> None:
    """Show what exists: reading through moto's lazy maps would create what does not."""
    outputs = replace(Stack, "outputs", None)
    resources = replace(Stack, "stack_resources", None)

    def read_outputs(self: Stack) -> list[dict[str, Any]] | None:
        if self.status.endswith(_NO_OUTPUTS) and not self.status.startswith("UPDATE_"):
            return None
        if self.status.endswith("IN_PROGRESS") and _has_custom(self.template_dict):
            return None
        found: list[dict[str, Any]] | None = outputs.fget(self)
        return found

    def read_resources(self: Stack) -> list[Any]:
        if not _has_custom(self.template_dict):
            return list(resources.fget(self))
        parsed = self.resource_map._parsed_resources  # noqa: SLF001 - the public way creates
        return [parsed[name] for name in self.template_dict["Resources"] if name in parsed]

    replace(Stack, "outputs", property(read_outputs))
    replace(Stack, "stack_resources", property(read_resources))


def _has_custom(template: dict[str, Any]) -> bool:
    return any(is_custom(resource) for resource in (template.get("Resources") or {}).values())


def _start(work: Callable[[], object]) -> None:
    threading.Thread(target=work, daemon=True).start()
