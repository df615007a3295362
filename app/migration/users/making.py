"""Making the owner, the roles that log in, and their grants; what is there and right stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from app.config.carrier import Carrier
from app.errors import DatabaseFailed
from app.migration.users.roles import AMAZON, APPLICATION, ENGINE, OWNER, rights

if TYPE_CHECKING:
    import psycopg

_WHO = """
SELECT rolsuper, coalesce(pg_has_role(oid, to_regrole(%s)::oid, 'MEMBER'), false)
FROM pg_catalog.pg_roles WHERE rolname = current_user
"""
_ATTRIBUTES = """
SELECT array_remove(ARRAY[
    CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
    CASE WHEN rolcreaterole THEN 'CREATEROLE' END], NULL)
FROM pg_catalog.pg_roles WHERE rolname = %s
"""
# Itself, not by way of another role, and not because a superuser is a member of all.
_MEMBER = """
SELECT FROM pg_catalog.pg_auth_members
WHERE pg_get_userbyid(roleid) = %s AND pg_get_userbyid(member) = %s
"""
_SCHEMA_OWNER = """
SELECT pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace WHERE nspname = 'payments'
"""
_ON_DATABASE = """
SELECT privilege_type FROM pg_catalog.pg_database,
    aclexplode(coalesce(datacl, acldefault('d', datdba)))
WHERE datname = current_database()
  AND grantee = coalesce((SELECT oid FROM pg_catalog.pg_roles WHERE rolname = %s), 0)
"""
_BY_DEFAULT = """
SELECT privilege_type FROM pg_catalog.pg_default_acl, aclexplode(defaclacl)
WHERE pg_get_userbyid(defaclrole) = %s AND defaclnamespace = 0 AND defaclobjtype = %s
  AND pg_get_userbyid(grantee) = %s
"""
# What the application lacks, as GRANT writes it.
_LACKING = """
SELECT 'USAGE', format('SCHEMA %%I', nspname) FROM pg_catalog.pg_namespace
WHERE nspname = 'payments' AND NOT has_schema_privilege(%(role)s, oid, 'USAGE')
UNION ALL
SELECT p.privilege, c.oid::regclass::text FROM pg_catalog.pg_class c
CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE')) AS p (privilege)
WHERE c.relnamespace = to_regnamespace('payments') AND c.relkind IN ('r', 'p')
  AND NOT has_table_privilege(%(role)s, c.oid, p.privilege)
UNION ALL
SELECT 'USAGE', format('SEQUENCE %%s', c.oid::regclass) FROM pg_catalog.pg_class c
WHERE c.relnamespace = to_regnamespace('payments')
  -- A plain AND may ask this of what is no sequence.
  AND CASE c.relkind WHEN 'S' THEN NOT has_sequence_privilege(%(role)s, c.oid, 'USAGE') END
ORDER BY 2, 1
"""
# Of what the owner makes later: the application reads and writes, and owns nothing.
_LATER = (
    ("n", "SCHEMAS", ("USAGE",)),
    ("r", "TABLES", ("INSERT", "SELECT", "UPDATE")),
    ("S", "SEQUENCES", ("USAGE",)),
)


@dataclass(slots=True)
class Making:
    """One transaction of an administrator, in the payment system's database.

    `done` tells every change, also to who rolls it back; `made` holds the roles that are new.
    """

    connection: psycopg.Connection
    carrier: Carrier
    done: list[str] = field(default_factory=list)
    made: set[str] = field(default_factory=set)

    def run(self, *, shut_to_others: bool) -> None:
        """Make what is missing. Nobody has a password yet, so nobody can log in who could not.

        `shut_to_others` keeps out whoever has no grant on the database: one that is only ours.
        Raises DatabaseFailed when the administrator is neither superuser nor Amazon's.
        """
        on_aurora = self._on_aurora()
        row = self.connection.execute(_SCHEMA_OWNER).fetchone()
        owner = str(row[0]) if row else OWNER
        self._role(owner, login=False)
        wanted = rights(owner=owner, on_aurora=on_aurora, carrier=self.carrier)
        for name, given in wanted.items():
            self._role(name, login=True)
            self._attributes(name, given.attributes)
            for group in given.member_of:
                self._member(name, group)
        if shut_to_others and self._on_database(None):
            self._do("REVOKE ALL ON DATABASE {} FROM PUBLIC", self._database)
        for name in wanted:
            self._let_into_database(name, "CONNECT")
        # Of the two, the engine makes a schema of its own, and the definitions are restored.
        for name in (owner, ENGINE):
            self._let_into_database(name, "CREATE")
        self._application(owner, on_aurora=on_aurora)

    def _on_aurora(self) -> bool:
        row = self.connection.execute(_WHO, (AMAZON,)).fetchone()
        superuser, amazons = row or (False, False)
        if not superuser and not amazons:
            raise DatabaseFailed(
                f"{self.connection.info.user} may not make the engine's role: it is neither a "
                f"superuser nor a member of {AMAZON}.",
                remedy="Give the login of one that is.",
            )
        return not superuser

    @property
    def _database(self) -> sql.Identifier:
        return sql.Identifier(self.connection.info.dbname)

    def _role(self, name: str, *, login: bool) -> None:
        if self.connection.execute(_ATTRIBUTES, (name,)).fetchone() is None:
            kind = "LOGIN" if login else "NOLOGIN"
            self._do(f"CREATE ROLE {{}} {kind}", sql.Identifier(name))
            self.made.add(name)

    def _attributes(self, name: str, wanted: tuple[str, ...]) -> None:
        row = self.connection.execute(_ATTRIBUTES, (name,)).fetchone()
        missing = [one for one in wanted if row is None or one not in row[0]]
        if missing:
            self._do(f"ALTER ROLE {{}} {' '.join(missing)}", sql.Identifier(name))

    def _member(self, name: str, group: str) -> None:
        if name != group and not self._is_member(name, group):
            self._do("GRANT {} TO {}", sql.Identifier(group), sql.Identifier(name))

    def _is_member(self, name: str, group: str) -> bool:
        return self.connection.execute(_MEMBER, (group, name)).fetchone() is not None

    def _let_into_database(self, name: str, privilege: str) -> None:
        if privilege not in self._on_database(name):
            self._do(
                f"GRANT {privilege} ON DATABASE {{}} TO {{}}", self._database, sql.Identifier(name)
            )

    def _on_database(self, name: str | None) -> set[str]:
        """Return what a role, or everybody, was granted on the database itself."""
        rows = self.connection.execute(_ON_DATABASE, (name,)).fetchall()
        return {str(privilege) for (privilege,) in rows}

    def _application(self, owner: str, *, on_aurora: bool) -> None:
        """Let the application read and write what there is and what the owner makes later."""
        later = []
        for kind, objects, privileges in _LATER:
            rows = self.connection.execute(_BY_DEFAULT, (owner, kind, APPLICATION)).fetchall()
            if not {*privileges} <= {privilege for (privilege,) in rows}:
                later.append((objects, privileges))
        lacking = self.connection.execute(_LACKING, {"role": APPLICATION}).fetchall()
        if not later and not lacking:
            return
        with self._as_member(owner, needed=on_aurora):
            for objects, privileges in later:
                self._do(
                    "ALTER DEFAULT PRIVILEGES FOR ROLE {} "
                    f"GRANT {', '.join(privileges)} ON {objects} TO {{}}",
                    sql.Identifier(owner),
                    sql.Identifier(APPLICATION),
                )
            for privilege, what in lacking:
                self._do(
                    f"GRANT {privilege} ON {{}} TO {{}}", sql.SQL(what), sql.Identifier(APPLICATION)
                )

    @contextmanager
    def _as_member(self, owner: str, *, needed: bool) -> Iterator[None]:
        """Let who is no superuser act for the owner, until the end of the block."""
        administrator = self.connection.info.user
        joins = needed and administrator != owner and not self._is_member(administrator, owner)
        names = sql.Identifier(owner), sql.Identifier(administrator)
        if joins:
            self.connection.execute(sql.SQL("GRANT {} TO {}").format(*names))
        yield
        if joins:
            self.connection.execute(sql.SQL("REVOKE {} FROM {}").format(*names))

    def _do(self, statement: str, *names: sql.Composable) -> None:
        """Carry out a statement without secrets, and tell it."""
        composed = sql.SQL(statement).format(*names)
        self.connection.execute(composed)
        self.done.append(composed.as_string(self.connection))
