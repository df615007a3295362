"""Transactions of the replication's logins may rest.

DMS leaves some of its transactions idle before it uses them again, and a server that ends those
breaks the task: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.PostgreSQL.html.
Everybody else's forgotten transactions are ended, for they would hold a handover up.
"""

from __future__ import annotations

from contextlib import suppress

import psycopg
from psycopg import sql

SETTING = "idle_in_transaction_session_timeout"
# Every user by which the replication may log in, and its own limit: a member, such as the second
# user of a login, does not inherit the settings of the role that it is a member of.
_LIMITS = """
SELECT o.rolname, (
    SELECT substr(line, strpos(line, '=') + 1)
    FROM pg_catalog.pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS line
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    WHERE s.setrole = o.oid AND split_part(line, '=', 1) = %s
      AND (s.setdatabase = 0 OR d.datname = current_database())
    ORDER BY s.setdatabase DESC LIMIT 1)
FROM pg_catalog.pg_roles o
WHERE o.rolcanlogin AND o.rolname <> current_user AND EXISTS (
    SELECT FROM payshift.replicator r JOIN pg_catalog.pg_roles k ON k.rolname = r.role_name
    WHERE k.rolname <> current_user AND (k.oid = o.oid OR EXISTS (
        SELECT FROM pg_catalog.pg_auth_members m WHERE m.roleid = k.oid AND m.member = o.oid)))
ORDER BY 1
"""


def ended_logins(connection: psycopg.Connection) -> tuple[str, ...]:
    """Return the replication's logins whose idle transactions the server may end."""
    limits = connection.execute(_LIMITS, (SETTING,)).fetchall()
    return tuple(str(name) for name, limit in limits if limit != "0")


def let_rest(connection: psycopg.Connection) -> None:
    """Let no transaction of these logins be ended for being idle, from their next session on.

    Where this session may not alter one of them, it stays as it is; `ended_logins` names it.
    """
    for name in ended_logins(connection):
        with suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(
                sql.SQL("ALTER ROLE {} SET {} = 0").format(
                    sql.Identifier(name), sql.Identifier(SETTING)
                )
            )
