"""Who makes a site's logins: Aurora's master user, or whom the data centre names."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from app.errors import InputError, WorldError
from app.migration.connection import DatabaseSettings
from app.migration.sites import Site
from app.migration.users.roles import DATABASE
from app.pipeline import aws
from app.pipeline.logins import trust
from app.pipeline.target import Target

PORT = 5432
STANDARD_INPUT = Path("-")


def administrator(target: Target, site: Site, *, file: Path | None) -> DatabaseSettings:
    """Return how the administrator connects; every login of the site leads to the same place.

    `file` holds `username` and `password` as JSON, and may name another host, port and dbname;
    `-` is standard input. Without it Aurora's master is taken, from the secret that RDS keeps.
    InputError, WorldError.
    """
    if file is not None:
        given = {**(_aurora(target)[0] if site is Site.AWS else _legacy(target)), **_read(file)}
    elif site is Site.AWS:
        place, secret = _aurora(target)
        given = {**place, **_master(target, secret)}
    else:
        raise InputError(
            "nobody says who administers the legacy database",
            remedy="add --administrator FILE with username and password as JSON, or - for a pipe",
        )
    return DatabaseSettings.from_secret(json.dumps(given), trust(target, site))


def _legacy(target: Target) -> dict[str, Any]:
    host = target.environment.data_centre.database_host
    return {"host": host, "port": PORT, "dbname": DATABASE}


def _aurora(target: Target) -> tuple[dict[str, Any], str]:
    """Return where the cluster writes, and the ARN of its master's secret."""
    name = target.names.database_cluster
    with aws.translated(f"looking for the database cluster {name}"):
        answer = aws.client(target.environment, "rds").describe_db_clusters(
            DBClusterIdentifier=name
        )
    cluster = answer["DBClusters"][0]
    secret = cluster.get("MasterUserSecret", {}).get("SecretArn")
    if not secret:
        raise WorldError(
            f"RDS keeps no secret for the master of {name}",
            remedy="deliver data, which hands the password over to RDS; or add --administrator",
        )
    place = {"host": cluster["Endpoint"], "port": cluster["Port"], "dbname": DATABASE}
    return place, str(secret)


def _master(target: Target, secret: str) -> dict[str, Any]:
    with aws.translated("reading the login of Aurora's master"):
        answer = aws.secretsmanager(target.environment).get_secret_value(SecretId=secret)
    return _login(answer["SecretString"], "the master's secret")


def _read(file: Path) -> dict[str, Any]:
    if file == STANDARD_INPUT:
        return _login(sys.stdin.read(), "standard input")
    try:
        return _login(file.read_text(encoding="utf-8"), str(file))
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise InputError(message, remedy="name a file with the administrator's login") from error


def _login(text: str, where: str) -> dict[str, Any]:
    """Return the members of a login; an InputError never shows them."""
    try:
        found = json.loads(text)
        if isinstance(found, dict) and {"username", "password"} <= found.keys():
            return found
    except ValueError:
        pass
    raise InputError(
        f"{where} is no login", remedy='write {"username": "…", "password": "…"} into it'
    )
