"""A rotation's function: notes every call in a file, gives secrets new values, or breaks."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import boto3


def handler(event: dict[str, Any], _: object) -> None:
    """Carry out a step; `setSecret` breaks as long as the file `broken` lies beside the calls."""
    file = Path(os.environ["CALLS_FILE"])
    with file.open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(event) + "\n")
    if event["Step"] == "setSecret" and file.with_name("broken").exists():
        raise RuntimeError("the function broke")
    client, name, token = (
        boto3.client("secretsmanager"),
        event["SecretId"],
        event["ClientRequestToken"],
    )
    if event["Step"] == "createSecret":
        client.put_secret_value(
            SecretId=name,
            ClientRequestToken=token,
            SecretString="new",
            VersionStages=["AWSPENDING"],
        )
    if event["Step"] == "finishSecret":
        (current,) = (
            version
            for version, stages in client.describe_secret(SecretId=name)[
                "VersionIdsToStages"
            ].items()
            if "AWSCURRENT" in stages
        )
        client.update_secret_version_stage(
            SecretId=name,
            VersionStage="AWSCURRENT",
            MoveToVersionId=token,
            RemoveFromVersionId=current,
        )
