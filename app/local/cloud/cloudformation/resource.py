"""A custom resource as moto's templates see it."""

from __future__ import annotations

from typing import Any, NoReturn

from moto.cloudformation.custom_model import CustomModel

from app.local.cloud.cloudformation.service import CustomResourceFailed, CustomResourceService


class CustomResource(CustomModel):
    """Create, update and delete call the function and wait: only stack threads may call them.

    `service` is set once, when the process starts.
    """

    service: CustomResourceService

    def __init__(
        self, *, region: str, logical_id: str, stack_id: str, kind: str, properties: dict[str, Any]
    ) -> None:
        super().__init__(region, "", logical_id, logical_id)
        self.stack_id = stack_id
        self.kind = self.cf_resource_type = kind
        self.logical_resource_id = logical_id
        self.properties = properties
        self.physical_id: str | None = None
        self.replaced: list[tuple[str, dict[str, Any]]] = []

    @property
    def physical_resource_id(self) -> str:
        """What the function named it; the logical id until it did."""
        return self.physical_id or self.logical_id

    @staticmethod
    def cloudformation_name_type() -> str:
        """No property holds the name: the function decides it."""
        return ""

    @classmethod
    def create_from_cloudformation_json(cls, *_: object, **__: object) -> NoReturn:
        """Refuse: moto creates lazily, in whatever thread reads; only `create` may call."""
        raise CustomResourceFailed("a custom resource was read before it was created")

    @classmethod
    def update_from_cloudformation_json(cls, *_: object, **__: object) -> NoReturn:
        """Refuse, as above."""
        raise CustomResourceFailed("a custom resource is updated by its stack's thread only")

    @classmethod
    def delete_from_cloudformation_json(cls, *_: object, **__: object) -> NoReturn:
        """Refuse, as above."""
        raise CustomResourceFailed("a custom resource is deleted by its stack's thread only")

    def create(self) -> None:
        """Deliver Create. Raises CustomResourceFailed."""
        self._call("Create", properties=self.properties)

    def update(self, properties: dict[str, Any]) -> None:
        """Deliver Update from the present properties, which become the old ones, tried or done.

        A function that answers with another physical id has made a replacement: the old one is
        remembered in `replaced` until the stack cleans up.
        """
        if properties == self.properties:
            return
        if properties.get("ServiceToken") != self.properties.get("ServiceToken"):
            raise CustomResourceFailed("Modifying service token is not allowed.")
        old, self.properties = self.properties, properties
        before = self.physical_id
        self._call(
            "Update", properties=properties, PhysicalResourceId=before, OldResourceProperties=old
        )
        if before is not None and self.physical_id != before:
            self.replaced.append((before, old))

    def delete_replaced(self) -> None:
        """Deliver Delete for what an update has replaced."""
        while self.replaced:
            physical_id, properties = self.replaced.pop()
            self._call("Delete", properties=properties, PhysicalResourceId=physical_id)

    def delete_now(self) -> None:
        """Deliver Delete. Raises CustomResourceFailed."""
        self._call(
            "Delete", properties=self.properties, PhysicalResourceId=self.physical_resource_id
        )

    def _call(self, request: str, *, properties: dict[str, Any], **more: object) -> None:
        event = {
            "RequestType": request,
            "ServiceToken": properties["ServiceToken"],
            "StackId": self.stack_id,
            "LogicalResourceId": self.logical_id,
            "ResourceType": self.kind,
            "ResourceProperties": properties,
            **more,
        }
        answer = self.service.call(event=event, properties=properties)
        if request != "Delete":
            self.physical_id = answer.physical_id or self.physical_id or self.logical_id
            self.set_data(dict(answer.data))


def as_text(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Turn numbers and booleans into strings, as CloudFormation does before it calls a function."""
    if isinstance(value, dict):
        return {key: as_text(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_text(entry) for entry in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value
