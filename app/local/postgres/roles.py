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
DATABASE = "payments"


def new_passwords() -> Mapping[str, str]:
    """Return a random password for each role that may log in."""
    return {role: secrets.token_urlsafe(24) for role in (ADMIN, APPLICATION, ENGINE)}


def create_roles(*, admin: DatabaseSettings, passwords: Mapping[str, str]) -> None:
    """Create owner (no login), application and engine role, and the database.

    The engine is a superuser because PostgreSQL 14 demands it of whoever creates subscriptions.
    """
    statements = (
        sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(OWNER)),
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
            sql.Identifier(APPLICATION), sql.Literal(passwords[APPLICATION])
        ),
        sql.SQL("CREATE ROLE {} LOGIN SUPERUSER REPLICATION PASSWORD {}").format(
            sql.Identifier(ENGINE), sql.Literal(passwords[ENGINE])
        ),
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
            sql.Identifier(DATABASE), sql.Identifier(OWNER)
        ),
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(DATABASE)),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}, {}").format(
            sql.Identifier(DATABASE), sql.Identifier(APPLICATION), sql.Identifier(ENGINE)
        ),
    )
    with connect(admin, application_name="payshift-cluster") as connection:
        for statement in statements:
            connection.execute(statement)
