"""CloudWatch Logs: saved queries, which moto has none of."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from moto.logs.responses import LogsResponse

from app.local.cloud.replacing import add


def adapt() -> None:
    """Adapt moto's CloudWatch Logs."""
    held: dict[str, dict[str, Any]] = {}

    def put_query_definition(self: LogsResponse) -> str:
        asked = json.loads(self.body)
        identifier = asked.get("queryDefinitionId") or str(uuid4())
        held[identifier] = {
            "queryDefinitionId": identifier,
            "name": asked["name"],
            "queryString": asked["queryString"],
            "logGroupNames": asked.get("logGroupNames", []),
        }
        return json.dumps({"queryDefinitionId": identifier})

    def describe_query_definitions(self: LogsResponse) -> str:
        prefix = json.loads(self.body).get("queryDefinitionNamePrefix", "")
        found = [one for one in held.values() if one["name"].startswith(prefix)]
        return json.dumps({"queryDefinitions": found})

    def delete_query_definition(self: LogsResponse) -> str:
        identifier = json.loads(self.body)["queryDefinitionId"]
        return json.dumps({"success": held.pop(identifier, None) is not None})

    for function in (put_query_definition, describe_query_definitions, delete_query_definition):
        add(LogsResponse, function.__name__, function)
