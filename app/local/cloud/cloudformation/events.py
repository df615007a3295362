"""Stack events with the client's request token, by which clients find their own."""

from __future__ import annotations

import threading

from moto.cloudformation.models import Event, Stack

from app.local.cloud.cloudformation.notifications import tell

_request = threading.local()


def remember_token(token: str | None) -> None:
    """Keep the ClientRequestToken of the request that this thread serves."""
    _request.token = token


def token_of_request() -> str | None:
    """Return the ClientRequestToken of the request that this thread serves."""
    token: str | None = getattr(_request, "token", None)
    return token


class EventLog:
    """Writes the events of one operation on one stack."""

    def __init__(self, *, stack: Stack, token: str | None) -> None:
        self._stack = stack
        self._token = token

    def stack_is(self, status: str, reason: str | None = None) -> None:
        """Set the stack's status and write its event."""
        self._add(
            self._stack.name, self._stack.stack_id, "AWS::CloudFormation::Stack", status, reason
        )
        self._stack.status = status

    def resource_is(
        self,
        *,
        logical_id: str,
        kind: str,
        status: str,
        physical_id: str = "",
        reason: str | None = None,
    ) -> None:
        """Write the event of one resource."""
        self._add(logical_id, physical_id, kind, status, reason)

    def _add(
        self, logical_id: str, physical_id: str, kind: str, status: str, reason: str | None
    ) -> None:
        event = Event(
            stack_id=self._stack.stack_id,
            stack_name=self._stack.name,
            logical_resource_id=logical_id,
            physical_resource_id=physical_id,
            resource_type=kind,
            resource_status=status,
            resource_status_reason=reason,
            resource_properties=None,
        )
        event.client_request_token = self._token  # type: ignore[assignment]  # moto types it as None
        self._stack.events.append(event)
        tell(self._stack, event)
