"""Giving a user a new password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from app.migration.users.administration import verifier

if TYPE_CHECKING:
    import psycopg
    from pydantic import SecretStr


def set_password(connection: psycopg.Connection, *, user: str, password: SecretStr) -> None:
    """Let the user log in with this password from now on; sessions that are open go on."""
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
            sql.Identifier(user), sql.Literal(verifier(connection, user=user, password=password))
        )
    )


def set_own_password(connection: psycopg.Connection, *, password: SecretStr) -> None:
    """Change the password of the user that is logged in, which needs no right at all."""
    user = connection.info.user
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(
            sql.Identifier(user), sql.Literal(verifier(connection, user=user, password=password))
        )
    )
