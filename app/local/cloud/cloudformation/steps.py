"""What is done to one resource of a stack: a custom one, or one that moto makes itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.models import Stack

from app.local.cloud.cloudformation.events import EventLog
from app.local.cloud.cloudformation.resource import CustomResource, as_text
from app.local.cloud.cloudformation.service import CustomResourceFailed


class StepFailed(Exception):
    """A resource could not be brought to its new state; its event is already written."""


class Steps:
    """Creates, updates and deletes single resources, with their events."""

    def __init__(self, *, stack: Stack, log: EventLog) -> None:
        self._stack = stack
        self._log = log

    def create(self, logical_id: str) -> None:
        """Create a resource of the stack's present template. Raises StepFailed."""

        def work() -> None:
            definition = self._definition(logical_id)
            if not is_custom(definition):
                resource = parsing.parse_and_create_resource(
                    logical_id,
                    definition,
                    self._map,
                    self._stack.account_id,
                    self._stack.region_name,
                )
                self._parsed[logical_id] = resource
                return
            resource = CustomResource(
                region=self._stack.region_name,
                logical_id=logical_id,
                stack_id=self._stack.stack_id,
                kind=definition["Type"],
                properties=self._properties(definition),
            )
            self._parsed[logical_id] = resource
            resource.create()

        self._logged(logical_id, "CREATE", work)

    def update(self, logical_id: str) -> None:
        """Bring a resource to what the stack's present template says. Raises StepFailed."""

        def work() -> None:
            definition = self._definition(logical_id)
            resource = self._parsed[logical_id]
            if isinstance(resource, CustomResource):
                resource.update(self._properties(definition))
                return
            changed = parsing.parse_and_update_resource(
                logical_id, definition, self._map, self._stack.account_id, self._stack.region_name
            )
            self._parsed[logical_id] = changed or resource

        self._logged(logical_id, "UPDATE", work)

    def delete(self, logical_id: str, *, definition: dict[str, Any]) -> None:
        """Delete a resource that an earlier template defined. Raises StepFailed."""

        def work() -> None:
            resource = self._parsed.get(logical_id)
            if resource is None or definition.get("DeletionPolicy") == "Retain":
                return
            if isinstance(resource, CustomResource):
                resource.delete_now()
            else:
                self._map._delete_resource(resource, definition)  # noqa: SLF001 - moto has no public way
            self._parsed.pop(logical_id, None)

        self._logged(logical_id, "DELETE", work, kind=definition["Type"])

    def clean_up(self) -> None:
        """Delete what custom resources have replaced; failures do not fail the stack."""
        for logical_id, resource in tuple(self._parsed.items()):
            if isinstance(resource, CustomResource) and resource.replaced:
                try:
                    self._logged(logical_id, "DELETE", resource.delete_replaced, kind=resource.kind)
                except StepFailed:
                    continue

    @property
    def _map(self) -> parsing.ResourceMap:
        return self._stack.resource_map

    @property
    def _parsed(self) -> dict[str, Any]:
        return self._map._parsed_resources  # noqa: SLF001 - reading through moto's map creates

    def _definition(self, logical_id: str) -> dict[str, Any]:
        definition: dict[str, Any] = self._stack.template_dict["Resources"][logical_id]
        return definition

    def _properties(self, definition: dict[str, Any]) -> dict[str, Any]:
        cleaned = parsing.clean_json(definition.get("Properties") or {}, self._map)
        properties: dict[str, Any] = as_text(cleaned)
        return properties

    def _logged(
        self, logical_id: str, verb: str, work: Callable[[], None], *, kind: str | None = None
    ) -> None:
        kind = kind or self._definition(logical_id)["Type"]

        def event(status: str, reason: str | None = None) -> None:
            resource = self._parsed.get(logical_id)
            physical_id = getattr(resource, "physical_resource_id", None) or ""
            self._log.resource_is(
                logical_id=logical_id,
                kind=kind,
                status=f"{verb}_{status}",
                physical_id=physical_id,
                reason=reason,
            )

        event("IN_PROGRESS")
        try:
            work()
        except CustomResourceFailed as error:
            event("FAILED", str(error))
            raise StepFailed(logical_id) from error
        except Exception as error:  # whatever moto's models raise is that resource's failure
            event("FAILED", f"{type(error).__name__}: {error}")
            raise StepFailed(logical_id) from error
        event("COMPLETE")


def is_custom(definition: dict[str, Any]) -> bool:
    """Tell whether a template's resource is a custom one."""
    kind = str(definition.get("Type", ""))
    return kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"
