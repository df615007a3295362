"""The roles and the database that a new cluster starts with."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from psycopg import sql

from app.migration.connection import DatabaseSettings, connect

ADMIN = "postgres"
OWNER = "payments_owner"
APPLICATION = "payments_app"
ENGINE = "payshift_migration"
REPLICATION = "payshift_replication"
ROTATION = "payshift_rotation"
DATABASE = "payments"

# What each role that logs in may do beyond its grants. The engine is a superuser because PostgreSQL
# 14 demands it of whoever creates subscriptions; CREATEROLE alters every role but superusers and
# those with REPLICATION. Replication reads what it copies, and writes where a task applies it.
_RIGHTS = {
    APPLICATION: "",
    ENGINE: "SUPERUSER REPLICATION",
    REPLICATION: "REPLICATION IN ROLE pg_read_all_data, pg_write_all_data",
    ROTATION: "CREATEROLE",
}


def new_passwords() -> Mapping[str, str]:
    """Return a random password for each role that may log in."""
    return {role: secrets.token_urlsafe(24) for role in (ADMIN, *_RIGHTS)}


def create_roles(*, admin: DatabaseSettings, passwords: Mapping[str, str]) -> None:
    """Create the owner (no login), the roles that log in, and the database."""
    statements = (
        sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(OWNER)),
        *(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} {}").format(
                sql.Identifier(role), sql.Literal(passwords[role]), sql.SQL(rights)
            )
            for role, rights in _RIGHTS.items()
        ),
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
            sql.Identifier(DATABASE), sql.Identifier(OWNER)
        ),
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(DATABASE)),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
            sql.Identifier(DATABASE), sql.SQL(", ").join(map(sql.Identifier, _RIGHTS))
        ),
    )
    with connect(admin, application_name="payshift-cluster") as connection:
        for statement in statements:
            connection.execute(statement)
