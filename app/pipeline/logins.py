"""How a command logs in to the databases: with the engine's secrets, as the functions do."""

from __future__ import annotations

import json
import os
from pathlib import Path

from app.config.authorities import aws_authorities, read_authorities
from app.errors import WorldError
from app.migration.connection import DatabaseSettings
from app.migration.sites import Site
from app.pipeline import aws
from app.pipeline.process_environment import LOCAL, VARIABLE
from app.pipeline.target import Target

TRUST_VARIABLE = "PAYSHIFT_TRUST_BUNDLE"
_ROLE = "migration"


def database_logins(target: Target) -> dict[Site, DatabaseSettings]:
    """Return how the engine reaches both databases of an environment.

    Raises WorldError when a secret cannot be read.
    """
    secrets = aws.secretsmanager(target.environment)
    trust = _trust_bundle(target)
    logins = {}
    for site in Site:
        with aws.translated(f"reading the login of {site}"):
            answer = secrets.get_secret_value(SecretId=target.names.secret(site.value, _ROLE))
        logins[site] = DatabaseSettings.from_secret(answer["SecretString"], trust)
    return logins


def _trust_bundle(target: Target) -> Path:
    """Return the authorities of both databases' certificates as one file."""
    named = os.environ.get(TRUST_VARIABLE)
    if named:
        return Path(named)
    if target.environment.name == LOCAL:
        return _local_authority(target)
    names = (
        aws_authorities(target.environment.region),
        target.environment.replication.data_centre_authority,
    )
    file = target.build / "trust" / f"{target.environment.name}.pem"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(read_authorities(name) for name in names), encoding="ascii")
    return file


def _local_authority(target: Target) -> Path:
    file = Path(os.environ.get(VARIABLE) or target.build / "local" / "environment.json")
    try:
        return Path(json.loads(file.read_text(encoding="utf-8"))["ca_file"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorldError(
            f"{file} does not name the authority of the local databases",
            remedy="run: payshift local down, then payshift local up",
        ) from error
