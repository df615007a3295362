"""The second user of a pair: what the original may do, the clone may do, and nothing else.

The clone is a member of the original, and its sessions begin as the original (the setting `role`).
So every privilege, membership and policy of the original is the clone's too, also those that are
granted later, and what the clone creates belongs to the original and can be altered by both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from psycopg import sql

from app.errors import DatabaseFailed

if TYPE_CHECKING:
    import psycopg

# By database ("" stands for all of them) and name.
Settings = Mapping[tuple[str, str], str]

# Attributes are not inherited: they are compared, and only those that differ are altered, because
# to mention some of them needs a superuser even where nothing would change.
_ATTRIBUTES = """
SELECT CASE WHEN rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END,
       CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END,
       CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
       CASE WHEN rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
       CASE WHEN rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END,
       'CONNECTION LIMIT ' || rolconnlimit,
       'VALID UNTIL ' || quote_literal(coalesce(rolvaliduntil::text, 'infinity'))
FROM pg_catalog.pg_roles WHERE rolname = %s
"""
_SETTINGS = """
SELECT coalesce(d.datname, ''), split_part(line, '=', 1), substr(line, strpos(line, '=') + 1)
FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS line
WHERE r.rolname = %s
"""
# Their values are lists of quoted names, which a single literal would turn into one name.
_LISTS = frozenset(
    {"search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"}
)


def make_clone(connection: psycopg.Connection, *, clone: str, original: str) -> None:
    """Create the clone if it is missing, and give it what the original has by now.

    To be called in a transaction. A new clone has no password, so nobody can log in as it.
    """
    wanted = _attributes(connection, original)
    if wanted is None:
        raise DatabaseFailed(
            f"The role {original} does not exist at {connection.info.host}.",
            remedy="Put an existing user into the secret's current version.",
        )
    if _attributes(connection, clone) is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(clone)))
    found = _attributes(connection, clone) or ()
    changes = [sql.SQL(text) for text in wanted if text not in found]
    if changes:
        connection.execute(
            sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(clone), sql.SQL(" ").join(changes))
        )
    connection.execute(
        sql.SQL("GRANT {} TO {}").format(sql.Identifier(original), sql.Identifier(clone))
    )
    begin_as = {("", "role"): original}
    _settle(connection, clone, wanted={**begin_as, **_settings(connection, original)})


def _attributes(connection: psycopg.Connection, role: str) -> tuple[str, ...] | None:
    return connection.execute(_ATTRIBUTES, (role,)).fetchone()


def _settings(connection: psycopg.Connection, role: str) -> Settings:
    rows = connection.execute(_SETTINGS, (role,)).fetchall()
    return {(database, name): value for database, name, value in rows}


def _settle(connection: psycopg.Connection, role: str, *, wanted: Settings) -> None:
    """Give the role exactly these settings."""
    found = _settings(connection, role)
    for database, name in found.keys() - wanted.keys():
        connection.execute(
            sql.SQL("ALTER ROLE {}{} RESET {}").format(
                sql.Identifier(role), _in(database), sql.Identifier(*name.split("."))
            )
        )
    for (database, name), value in wanted.items():
        if found.get((database, name)) != value:
            _set(connection, role, database=database, name=name, value=value)


def _set(
    connection: psycopg.Connection, role: str, *, database: str, name: str, value: str
) -> None:
    target = sql.SQL("ALTER ROLE {}{} SET {} ").format(
        sql.Identifier(role), _in(database), sql.Identifier(*name.split("."))
    )
    if name in _LISTS:
        connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", (name, value))
        connection.execute(target + sql.SQL("FROM CURRENT"))
    else:
        connection.execute(target + sql.SQL("TO {}").format(sql.Literal(value)))


def _in(database: str) -> sql.Composable:
    return sql.SQL(" IN DATABASE {}").format(sql.Identifier(database)) if database else sql.SQL("")
