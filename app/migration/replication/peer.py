"""Statements that name the connection of a subscription to its peer, with the password in it.

PostgreSQL takes the password in the text of the statement only. Here that text exists inside the
server alone: the value comes as a bound parameter, and neither it nor the text is written to the
log, also when the statement fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

_SILENCE = """
SET LOCAL log_statement = 'none';
SET LOCAL log_min_duration_statement = -1;
SET LOCAL log_min_duration_sample = -1;
SET LOCAL log_parameter_max_length = 0;
SET LOCAL log_parameter_max_length_on_error = 0;
SET LOCAL log_error_verbosity = 'terse';
SET LOCAL pgaudit.log = 'none'
"""
_HAND_OVER = "SELECT set_config('payshift.peer', %s, true)"


def execute_with_peer(
    connection: psycopg.Connection, statement: sql.Composed, *, conninfo: str
) -> None:
    """Execute a statement that reads `current_setting('payshift.peer')`, all or nothing.

    The server quotes what it executed to the client, so an error must not be chained or told in
    full. Silencing the log needs a superuser.
    """
    with connection.transaction():
        connection.execute(_SILENCE)
        connection.execute(_HAND_OVER, (conninfo,))
        connection.execute(statement)
