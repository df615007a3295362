"""Whether DMS reaches the databases of its tasks: it starts no task before it has tried."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from app.errors import DatabaseFailed, FirstLoadRefused
from app.migration.deadline import Deadline
from app.migration.replication.dms_tasks import Task

POLL_SECONDS = 2.0
_GOOD, _TRYING = "successful", "testing"


class ConnectionsClient(Protocol):
    """The operations of boto3's DMS client that are used on connections."""

    def test_connection(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - boto3's own shape
        """Let the instance log in at an endpoint."""

    def describe_connections(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as above
        """Return how the last attempts ended."""


class DmsConnections:
    """Connections between the replication instance and the endpoints."""

    def __init__(self, *, client: ConnectionsClient, poll_seconds: float = POLL_SECONDS) -> None:
        self._client = client
        self._poll_seconds = poll_seconds

    def prove(self, tasks: Iterable[Task], *, deadline: Deadline) -> None:
        """Try every endpoint of the tasks that has not been reached yet.

        Raises FirstLoadRefused with what DMS says of each that it cannot reach, DatabaseFailed.
        """
        wanted = {
            (task.instance_arn, endpoint): task for task in tasks for endpoint in task.endpoint_arns
        }
        try:
            failures = self._failures(list(wanted), deadline=deadline)
        except (ClientError, BotoCoreError) as error:
            raise DatabaseFailed(
                f"DMS failed while trying its connections: {error}",
                remedy="See whether AWS can be reached and the role may do this; run it again.",
            ) from error
        if failures:
            raise FirstLoadRefused(
                f"DMS does not reach {'; '.join(failures)}.",
                remedy="Mend login, certificate, VPN or security group; then run this again.",
            )

    def _failures(self, wanted: list[tuple[str, str]], *, deadline: Deadline) -> list[str]:
        for pair in wanted:
            if self._state(*pair)[0] != _GOOD:
                instance, endpoint = pair
                self._client.test_connection(ReplicationInstanceArn=instance, EndpointArn=endpoint)
        failures = []
        for pair in wanted:
            status, name, reason = self._wait(pair, deadline=deadline)
            if status != _GOOD:
                failures.append(f"{name} ({reason or status})")
        return failures

    def _wait(self, pair: tuple[str, str], *, deadline: Deadline) -> tuple[str, str, str]:
        while True:
            found = self._state(*pair)
            if found[0] != _TRYING or deadline.passed:
                return found
            time.sleep(min(self._poll_seconds, deadline.remaining))

    def _state(self, instance: str, endpoint: str) -> tuple[str, str, str]:
        """Return status, name and trouble of the last attempt; DMS has no word for none."""
        try:
            answer = self._client.describe_connections(
                Filters=[{"Name": "endpoint-arn", "Values": [endpoint]}]
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ResourceNotFoundFault":
                raise
            return "untried", endpoint, ""
        for one in answer["Connections"]:
            if (one["ReplicationInstanceArn"], one["EndpointArn"]) == (instance, endpoint):
                return (
                    str(one["Status"]),
                    str(one["EndpointIdentifier"]),
                    str(one.get("LastFailureMessage") or ""),
                )
        return "untried", endpoint, ""
