"""What must hold in both databases before DMS loads the target: every fault, before hours pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from app.migration.deadline import Deadline
from app.migration.idle_transactions import ended_logins
from app.migration.preflight import patience_of
from app.migration.probes import Probe, ProbeContext
from app.migration.probes.large_objects import LargeObjects
from app.migration.probes.replica_identity import ReplicaIdentity
from app.migration.probes.schema_differences import SchemaDifferences
from app.migration.probes.unfenced_tables import UnfencedTables
from app.migration.probes.unlogged_tables import UnloggedTables
from app.migration.sites import Site

if TYPE_CHECKING:
    import psycopg

    from app.migration.replication.base import Replication, Sessions

# What DMS's tasks and the engine hold at one site at most, with one for a restart.
SLOTS = 4
_PROBES: tuple[Probe, ...] = (
    UnfencedTables(),
    ReplicaIdentity(),
    UnloggedTables(),
    LargeObjects(),
)
_SETTINGS = """
SELECT current_setting('wal_level'), current_setting('max_replication_slots')::integer
       - (SELECT count(*) FROM pg_replication_slots WHERE slot_name NOT LIKE 'payshift\\_%')
"""
# A login of the replication is one that the fence knows, or a member of it: its second user.
_LOGINS = """
SELECT o.rolname,
       -- Amazon's role is missing elsewhere: nobody is a member of it then.
       o.rolsuper
       OR coalesce(pg_has_role(o.oid, to_regrole('rds_superuser')::oid, 'MEMBER'), false),
       has_schema_privilege(o.oid, 'payshift', 'CREATE'),
       ARRAY(SELECT relation::text FROM payshift.replicated_tables
             WHERE NOT has_table_privilege(o.oid, relation, 'SELECT')
                OR NOT has_table_privilege(o.oid, relation, 'INSERT')
                OR NOT has_table_privilege(o.oid, relation, 'UPDATE')
                OR NOT has_table_privilege(o.oid, relation, 'DELETE') ORDER BY 1)
FROM pg_roles o
WHERE o.rolcanlogin AND o.rolname <> current_user AND EXISTS (
    SELECT FROM payshift.replicator r JOIN pg_roles k ON k.rolname = r.role_name
    WHERE k.oid = o.oid OR EXISTS (
        SELECT FROM pg_auth_members m WHERE m.roleid = k.oid AND m.member = o.oid
        AND k.rolname <> current_user))
ORDER BY 1
"""
_REPLICATORS = "SELECT role_name FROM payshift.replicator WHERE role_name <> current_user"
_TABLES = "SELECT relation::text FROM payshift.replicated_tables WHERE relkind = 'r' ORDER BY 1"


def faults(
    *, sessions: Sessions, writer: Site, replication: Replication, postponed: bool
) -> tuple[str, ...]:
    """Return what stands in the way; empty when nothing does. Raises psycopg.Error.

    `postponed` says that indexes were put off already, so that both sites differ on purpose.
    """
    context = ProbeContext(
        sessions=sessions,
        writer=writer,
        replication=replication,
        deadline=Deadline(seconds=60),
        patience=patience_of(replication),
    )
    probes = _PROBES if postponed else (*_PROBES, SchemaDifferences())
    found = [finding for probe in probes for finding in probe.run(context).findings]
    for site in Site:
        found += _settings_faults(sessions[site], site)
        found += _login_faults(sessions[site], site)
    return tuple(dict.fromkeys(found))


def let_dms_keep_its_tables(connection: psycopg.Connection) -> None:
    """Allow the replication's logins to make DMS's own tables in the engine's schema."""
    for (name,) in connection.execute(_REPLICATORS).fetchall():
        connection.execute(
            sql.SQL("GRANT CREATE ON SCHEMA payshift TO {}").format(sql.Identifier(name))
        )


def business_tables(connection: psycopg.Connection) -> tuple[str, ...]:
    """Return every table that is carried, as SQL writes it."""
    return tuple(str(name) for (name,) in connection.execute(_TABLES).fetchall())


def filled_tables(connection: psycopg.Connection) -> tuple[str, ...]:
    """Return the tables that hold rows."""
    return tuple(
        name
        for name in business_tables(connection)
        if connection.execute(f"SELECT FROM {name} LIMIT 1".encode()).fetchone() is not None
    )


def _settings_faults(connection: psycopg.Connection, site: Site) -> list[str]:
    row = connection.execute(_SETTINGS).fetchone()
    level, free = (str(row[0]), int(row[1])) if row else ("unknown", 0)
    found = []
    if level != "logical":
        found.append(f"{site} has wal_level {level}, not logical")
    if free < SLOTS:
        found.append(f"{site} has {free} replication slots left for DMS, which takes {SLOTS}")
    return found


def _login_faults(connection: psycopg.Connection, site: Site) -> list[str]:
    """Judge every user by which DMS may log in."""
    logins = connection.execute(_LOGINS).fetchall()
    if not logins:
        return [f"{site} knows no login of the replication (payshift handover --prepare)"]
    found = []
    for name, replica, creates, tables in logins:
        if not replica:
            found.append(f"{name} at {site} may not set session_replication_role")
        if not creates:
            found.append(f"{name} at {site} may not create DMS's tables in schema payshift")
        if tables:
            found.append(f"{name} at {site} may not read and write {', '.join(tables)}")
    found += [
        f"idle transactions of {name} at {site} may be ended (payshift handover --prepare)"
        for name in ended_logins(connection)
    ]
    return found
