"""Resource policies: the loopback address counts as a connection over TLS.

Buckets of the target refuse plain text. moto evaluates that statement, but the API of the local
environment speaks plain HTTP on loopback, as it must for clients without its certificate.
"""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from app.local.cloud.replacing import replace

_TRANSPORT = "aws:SecureTransport"


def adapt() -> None:
    """Adapt moto's evaluation of policies."""
    evaluate = replace(IAMPolicyStatement, "is_action_permitted", None)

    def is_action_permitted(
        self: IAMPolicyStatement, *arguments: object, **named: object
    ) -> PermissionResult:
        statement: dict[str, Any] = self._statement
        conditions = statement.get("Condition", {}).values()
        if statement["Effect"] == "Deny" and any(_TRANSPORT in keys for keys in conditions):
            return PermissionResult.NEUTRAL
        result: PermissionResult = evaluate(self, *arguments, **named)
        return result

    replace(IAMPolicyStatement, "is_action_permitted", is_action_permitted)
