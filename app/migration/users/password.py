"""New passwords, and giving them to users."""

from __future__ import annotations

import secrets
from string import ascii_letters, digits
from typing import TYPE_CHECKING

from psycopg import sql
from pydantic import SecretStr

from app.migration.users.administration import verifier

if TYPE_CHECKING:
    import psycopg

# Letters and digits only: quotes, slashes and colons break connection strings, URLs and shells.
# 40 of 62 characters are 238 bits.
_CHARACTERS = 40


def new_password() -> SecretStr:
    """Return a random password, as those that rotations make."""
    alphabet = ascii_letters + digits
    return SecretStr("".join(secrets.choice(alphabet) for _ in range(_CHARACTERS)))


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
