"""IAM policy documents as JSON, in one spelling."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement; `principal` only in policies that are attached to a resource.

    `all_actions_but` and `all_resources_but` are for denying: everything else is forbidden.
    """

    sid: str
    actions: tuple[str, ...] = ()
    all_actions_but: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    all_resources_but: tuple[str, ...] = ()
    effect: Literal["Allow", "Deny"] = "Allow"
    principal: Mapping[str, str | Sequence[str]] | None = None
    condition: Mapping[str, Mapping[str, str | Sequence[str]]] | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the statement in IAM's spelling, without what is not set."""
        parts: dict[str, object] = {
            "Sid": self.sid,
            "Effect": self.effect,
            "Principal": self.principal,
            "Action": list(self.actions),
            "NotAction": list(self.all_actions_but),
            "Resource": list(self.resources),
            "NotResource": list(self.all_resources_but),
            "Condition": self.condition,
        }
        return {key: value for key, value in parts.items() if value}


def policy_document(*statements: Statement) -> str:
    """Return a policy document as JSON text that is the same on every run."""
    document = {"Version": "2012-10-17", "Statement": [one.as_dict() for one in statements]}
    return json.dumps(document, sort_keys=True)
