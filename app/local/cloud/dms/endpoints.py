"""Endpoints: their changes, which no running task of theirs may see, and tests of theirs."""

from __future__ import annotations

import json

from moto.dms.exceptions import InvalidResourceStateFault, ResourceNotFoundFault
from moto.dms.models import (
    DatabaseMigrationServiceBackend,
    Endpoint,
    FakeConnection,
    FakeReplicationTask,
)
from moto.dms.responses import DatabaseMigrationServiceResponse as Dms

from app.local.cloud.dms.request import asked
from app.local.cloud.replacing import add, replace

_CHANGED = {"CertificateArn": "certificate_arn", "SslMode": "ssl_mode"}


def adapt() -> None:
    """Adapt moto's DMS, which answers 500 when a connection is tested a second time."""
    test = replace(DatabaseMigrationServiceBackend, "test_connection", None)

    def test_connection(
        self: DatabaseMigrationServiceBackend, replication_instance_arn: str, endpoint_arn: str
    ) -> FakeConnection:
        pair = (replication_instance_arn, endpoint_arn)
        self.connections = [
            one
            for one in self.connections
            if (one.replication_instance_arn, one.endpoint_arn) != pair
        ]
        connection: FakeConnection = test(self, *pair)
        return connection

    def modify_endpoint(self: Dms) -> str:
        parameters = asked(self)
        backend = self.dms_backend
        endpoint = _endpoint(list(backend.endpoints.values()), parameters["EndpointArn"])
        if any(_runs(task, endpoint) for task in backend.replication_tasks.values()):
            message = "The endpoint is used by a task that runs: stop the task first."
            raise InvalidResourceStateFault(message)
        for name, attribute in _CHANGED.items():
            setattr(endpoint, attribute, parameters.get(name, getattr(endpoint, attribute)))
        return json.dumps({"Endpoint": endpoint.to_dict()})

    replace(DatabaseMigrationServiceBackend, "test_connection", test_connection)
    add(Dms, "modify_endpoint", modify_endpoint)


def _endpoint(known: list[Endpoint], arn: str) -> Endpoint:
    for endpoint in known:
        if endpoint.endpoint_arn == arn:
            return endpoint
    message = "Endpoint could not be found."
    raise ResourceNotFoundFault(message)


def _runs(task: FakeReplicationTask, endpoint: Endpoint) -> bool:
    used = {task.source_endpoint_arn, task.target_endpoint_arn}
    return task.status == "running" and endpoint.endpoint_arn in used
