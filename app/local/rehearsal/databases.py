"""Turns what environment.json says about the databases into the engine's settings."""

from __future__ import annotations

from pydantic import SecretStr

from app.local.facts import LocalFacts
from app.migration.connection import DatabaseSettings
from app.migration.sites import Databases, Site


def databases_of(facts: LocalFacts) -> Databases:
    """Return both databases as the migration role sees them."""
    return {
        Site(name): DatabaseSettings(
            host=database.host,
            port=database.port,
            dbname=database.dbname,
            user=database.user,
            password=SecretStr(database.secret()),
            sslrootcert=database.sslrootcert,
            hostaddr=database.hostaddr,
        )
        for name, database in facts.databases.items()
    }
