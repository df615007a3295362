"""Application Auto Scaling: tags of scalable targets, without which Terraform asks for ever."""

from __future__ import annotations

import json
from typing import TypeVar

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from app.local.cloud.replacing import add, replace

_T = TypeVar("_T")


def adapt() -> None:
    """Adapt moto's Application Auto Scaling."""
    tags: dict[str, dict[str, str]] = {}
    register = replace(ApplicationAutoScalingResponse, "register_scalable_target", None)

    def register_scalable_target(self: ApplicationAutoScalingResponse) -> str:
        answer: str = register(self)
        none: dict[str, str] = {}
        given = _parameter(self, "Tags", none)
        tags.setdefault(json.loads(answer)["ScalableTargetARN"], {}).update(given)
        return answer

    def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
        return json.dumps({"Tags": tags.get(_parameter(self, "ResourceARN", ""), {})})

    def tag_resource(self: ApplicationAutoScalingResponse) -> str:
        arn = _parameter(self, "ResourceARN", "")
        tags.setdefault(arn, {}).update(_parameter(self, "Tags", {}))
        return "{}"

    def untag_resource(self: ApplicationAutoScalingResponse) -> str:
        held = tags.get(_parameter(self, "ResourceARN", ""), {})
        no_keys: list[str] = []
        for key in _parameter(self, "TagKeys", no_keys):
            held.pop(key, None)
        return "{}"

    replace(ApplicationAutoScalingResponse, "register_scalable_target", register_scalable_target)
    for function in (list_tags_for_resource, tag_resource, untag_resource):
        add(ApplicationAutoScalingResponse, function.__name__, function)


def _parameter(response: ApplicationAutoScalingResponse, name: str, default: _T) -> _T:
    """Read a parameter of the request."""
    value: _T | None = response._get_param(name)  # noqa: SLF001 - moto has no public reader
    return default if value is None else value
