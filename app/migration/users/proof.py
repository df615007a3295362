"""Whether a login works."""

from __future__ import annotations

import psycopg

from app.errors import DatabaseFailed
from app.migration.connection import DatabaseSettings, connect
from app.migration.users.administration import APPLICATION_NAME
from app.migration.users.pair import original_of

_PROOF = "SELECT session_user = %s AND pg_catalog.pg_has_role(session_user, %s, 'USAGE')"


def prove(settings: DatabaseSettings) -> None:
    """Log in, and see that the user has what the original of its pair has.

    Raises LoginRefused for a wrong password, DatabaseFailed for anything else.
    """
    with connect(settings, application_name=APPLICATION_NAME) as connection:
        try:
            row = connection.execute(_PROOF, (settings.user, original_of(settings.user))).fetchone()
        except psycopg.Error as error:
            reason = error.diag.message_primary or "the connection broke"
            raise DatabaseFailed(f"The login {settings.user} is of no use: {reason}.") from None
    if row is None or not row[0]:
        raise DatabaseFailed(
            f"{settings.user} has not the rights of {original_of(settings.user)}.",
            remedy="Rotate again: the second step gives them.",
        )
