"""A custom resource's function: notes every call in a file and does what its properties ask."""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path
from typing import Any


def handler(event: dict[str, Any], _: object) -> None:
    """Answer to the response URL, unless asked not to."""
    properties = event["ResourceProperties"]
    with Path(os.environ["CALLS_FILE"]).open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(event) + "\n")
    behaviour = properties.get("Behaviour", "succeed")
    if event["RequestType"] == "Delete":
        behaviour = properties.get("DeleteBehaviour", "succeed")
    if behaviour == "raise":
        raise RuntimeError("the function broke")
    if behaviour != "silent":
        _answer(event, status="FAILED" if behaviour == "fail" else "SUCCESS")


def _answer(event: dict[str, Any], *, status: str) -> None:
    properties = event["ResourceProperties"]
    body = {
        "Status": status,
        "Reason": properties.get("Reason", ""),
        "PhysicalResourceId": properties.get("PhysicalId", event["LogicalResourceId"]),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": {"Echo": properties.get("RunId", "")},
    }
    request = urllib.request.Request(  # noqa: S310 - CloudFormation gives the URL
        event["ResponseURL"],
        data=json.dumps(body).encode(),
        headers={"Content-Type": ""},
        method="PUT",
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - as above
        pass
