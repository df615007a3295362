"""The roles and the database that a new cluster starts with."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import sql
from pydantic import SecretStr

from app.migration.connection import DatabaseSettings, connect
from app.migration.users.making import Making
from app.migration.users.password import new_password, set_password
from app.migration.users.roles import (
    APPLICATION,
    DATABASE,
    ENGINE,
    LOGINS,
    OWNER,
    REPLICATION,
    ROTATION,
)

__all__ = ["ADMIN", "APPLICATION", "DATABASE", "ENGINE", "OWNER", "REPLICATION", "ROTATION"]

ADMIN = "postgres"


def new_passwords() -> Mapping[str, str]:
    """Return a random password for each role that may log in."""
    return {role: new_password().get_secret_value() for role in (ADMIN, *LOGINS.values())}


def create_roles(*, admin: DatabaseSettings, passwords: Mapping[str, str]) -> None:
    """Create the database, and as `payshift logins` does, the owner and the roles that log in.

    Subscriptions carry the rows here: the replication need not be a superuser.
    """
    create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
    with connect(admin, application_name="payshift-cluster") as connection:
        connection.execute(create.format(sql.Identifier(DATABASE)))
    inside = admin.model_copy(update={"dbname": DATABASE})
    with (
        connect(inside, application_name="payshift-cluster") as connection,
        connection.transaction(),
    ):
        Making(connection, carrier="logical").run(shut_to_others=True)
        for role in LOGINS.values():
            set_password(connection, user=role, password=SecretStr(passwords[role]))
