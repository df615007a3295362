"""How commands log in to the databases: with the engine's secrets, as the functions do."""

from __future__ import annotations

import json
import os
from pathlib import Path

from app.config.authorities import CERTIFICATES, aws_authorities
from app.errors import WorldError
from app.migration.connection import DatabaseSettings
from app.migration.sites import Databases, Site
from app.migration.users.pair import original_of
from app.pipeline import aws
from app.pipeline.process_environment import LOCAL, VARIABLE
from app.pipeline.target import Target

TRUST_VARIABLE = "PAYSHIFT_TRUST_BUNDLE"


def engine_logins(target: Target) -> Databases:
    """Return the engine's login at each site, from Secrets Manager.

    WorldError when a secret cannot be read, InputError when it is none of a database.
    """
    return {site: _login(target, site, role="migration") for site in Site}


def replication_user(target: Target, site: Site) -> str:
    """Return the user by which the replication writes at a site; its clone is a member of it."""
    return original_of(_login(target, site, role="replication").user)


def _login(target: Target, site: Site, *, role: str) -> DatabaseSettings:
    with aws.translated(f"reading the login of {site}"):
        text = aws.secretsmanager(target.environment).get_secret_value(
            SecretId=target.names.secret(site.value, role)
        )
    return DatabaseSettings.from_secret(text["SecretString"], trust(target, site))


def trust(target: Target, site: Site) -> Path:
    """Return the authorities that the site's server is checked against."""
    chosen = os.environ.get(TRUST_VARIABLE)
    if chosen:
        return Path(chosen)
    if target.environment.name == LOCAL:
        return _local_authority(target)
    if site is Site.AWS:
        return CERTIFICATES / aws_authorities(target.environment.region)
    return CERTIFICATES / target.environment.replication.data_centre_authority


def _local_authority(target: Target) -> Path:
    file = Path(os.environ.get(VARIABLE) or target.build / "local" / "environment.json")
    try:
        return Path(json.loads(file.read_text(encoding="utf-8"))["ca_file"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorldError(
            f"{file} does not name the authority of the local databases",
            remedy="run: payshift local down, then payshift local up",
        ) from error
