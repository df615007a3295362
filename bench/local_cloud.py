"""The AWS API of a benchmark: a process of its own, with the logins of two databases in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from app.local.cloud.settings import CloudSettings
from app.local.databases import LocalDatabases
from app.local.processes import start_module

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

ENVIRONMENT = "bench"
_FEATURES = f"/payshift/{ENVIRONMENT}/features"


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """Where the AWS API is, and its Secrets Manager."""

    endpoint: str
    secrets: SecretsManagerClient


def secret(site: str, role: str) -> str:
    """Name the secret of a login, as the environment's other names are built."""
    return f"payshift/{ENVIRONMENT}/{site}/{role}"


def payment_api_variables(*, trust: Path) -> Mapping[str, str]:
    """Return the environment of the payment API inside AWS."""
    return {
        "PAYSHIFT_ENVIRONMENT": ENVIRONMENT,
        "PAYSHIFT_SITE": "aws",
        "PAYSHIFT_LEGACY_SECRET": secret("legacy", "app"),
        "PAYSHIFT_AWS_SECRET": secret("aws", "app"),
        "PAYSHIFT_FEATURES_PARAMETER": _FEATURES,
        "PAYSHIFT_TRUST_BUNDLE": str(trust),
    }


@contextmanager
def local_cloud(directory: Path, databases: LocalDatabases) -> Iterator[LocalCloud]:
    """Run it while the block does, with every login's secret and the features of a phase."""
    settings = CloudSettings()
    file = directory / "cloud.json"
    file.write_text(settings.model_dump_json())
    program = start_module(
        name="AWS",
        module="app.local.cloud",
        arguments=["--settings", str(file)],
        environment={},
        log=directory / "cloud.log",
    )
    try:
        endpoint = str(program.ready["endpoint"])
        session = boto3.Session(
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - the stand-in asks for any
            region_name=settings.region,
        )
        secrets = session.client("secretsmanager", endpoint_url=endpoint)
        for (site, role), value in databases.secret_values().items():
            secrets.create_secret(Name=secret(site, role), SecretString=value)
        features = json.dumps({"number": 10, "aws_percent": 10, "features": {"writer": "legacy"}})
        session.client("ssm", endpoint_url=endpoint).put_parameter(
            Name=_FEATURES, Value=features, Type="String"
        )
        yield LocalCloud(endpoint, secrets)
    finally:
        program.stop()
