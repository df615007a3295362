"""Budgets: tags and subscribers, without which Terraform asks for ever."""

from __future__ import annotations

import json
from typing import Any

from moto.budgets.responses import BudgetsResponse

from app.local.cloud.replacing import add, replace


def adapt() -> None:
    """Adapt moto's Budgets."""
    tags: dict[str, dict[str, str]] = {}
    create = replace(BudgetsResponse, "create_budget", None)

    def create_budget(self: BudgetsResponse) -> str:
        answer: str = create(self)
        account, name = _parameter(self, "AccountId"), _parameter(self, "Budget")["BudgetName"]
        arn = f"arn:aws:budgets::{account}:budget/{name}"
        tags[arn] = _pairs(_parameter(self, "ResourceTags"))
        return answer

    def list_tags_for_resource(self: BudgetsResponse) -> str:
        held = tags.get(_parameter(self, "ResourceARN"), {})
        return json.dumps({"ResourceTags": [{"Key": k, "Value": v} for k, v in held.items()]})

    def tag_resource(self: BudgetsResponse) -> str:
        given = _pairs(_parameter(self, "ResourceTags"))
        tags.setdefault(_parameter(self, "ResourceARN"), {}).update(given)
        return "{}"

    def untag_resource(self: BudgetsResponse) -> str:
        held = tags.get(_parameter(self, "ResourceARN"), {})
        for key in _parameter(self, "ResourceTagKeys") or []:
            held.pop(key, None)
        return "{}"

    def describe_subscribers_for_notification(self: BudgetsResponse) -> str:
        account, name = _parameter(self, "AccountId"), _parameter(self, "BudgetName")
        asked = _parameter(self, "Notification")
        found = [
            one.subscribers
            for one in self.backend.budgets[account][name].notifications
            if all(one.details.get(key) == value for key, value in asked.items())
        ]
        return json.dumps({"Subscribers": found[0] if found else []})

    replace(BudgetsResponse, "create_budget", create_budget)
    for function in (
        describe_subscribers_for_notification,
        list_tags_for_resource,
        tag_resource,
        untag_resource,
    ):
        add(BudgetsResponse, function.__name__, function)


def _parameter(response: BudgetsResponse, name: str) -> Any:  # noqa: ANN401 - whatever was sent
    return response._get_param(name)  # noqa: SLF001 - moto has no public reader


def _pairs(entries: list[dict[str, str]] | None) -> dict[str, str]:
    return {entry["Key"]: entry["Value"] for entry in entries or []}
