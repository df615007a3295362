"""What every part needs: the request, ARNs and tags."""

from __future__ import annotations

import json
from typing import Any

from moto.dms.responses import DatabaseMigrationServiceResponse as Dms

Record = dict[str, Any]


def asked(response: Dms) -> Record:
    """Return the request's parameters."""
    parameters: Record = json.loads(response.body)
    return parameters


def arn(response: Dms, kind: str, name: str) -> str:
    """Return the ARN of a resource, such as kind `cert`."""
    return f"arn:aws:dms:{response.region}:{response.current_account}:{kind}:{name}"


def tag(response: Dms, arn: str, parameters: Record) -> None:
    """Keep the tags that came with a request."""
    given = {one["Key"]: one["Value"] for one in parameters.get("Tags", [])}
    response.dms_backend.tag_resource(arn, given)
