"""How the command reaches both databases: the logins that the handover function uses."""

from __future__ import annotations

import os
from pathlib import Path

from app.config.authorities import CERTIFICATES, aws_authorities
from app.migration.connection import DatabaseSettings
from app.migration.sites import Databases, Site
from app.migration.users.pair import original_of
from app.pipeline import aws
from app.pipeline.target import Target

TRUST_VARIABLE = "PAYSHIFT_TRUST_BUNDLE"


def engine_logins(target: Target) -> Databases:
    """Return the engine's login at each site, from Secrets Manager.

    Raises WorldError when Secrets Manager does not answer, InputError when a secret is not one.
    """
    return {site: _login(target, site, role="migration") for site in Site}


def replication_user(target: Target, site: Site) -> str:
    """Return the user by which the replication writes at a site; its clone is a member of it."""
    return original_of(_login(target, site, role="replication").user)


def _login(target: Target, site: Site, *, role: str) -> DatabaseSettings:
    name = target.names.secret(site.value, role)
    with aws.translated(f"reading the secret {name}"):
        text = aws.secretsmanager(target.environment).get_secret_value(SecretId=name)
    return DatabaseSettings.from_secret(text["SecretString"], _trust(target, site))


def _trust(target: Target, site: Site) -> Path:
    """Return the authorities that the site's server is checked against."""
    chosen = os.environ.get(TRUST_VARIABLE)
    if chosen:
        return Path(chosen)
    if site is Site.AWS:
        return CERTIFICATES / aws_authorities(target.environment.region)
    return CERTIFICATES / target.environment.replication.data_centre_authority
