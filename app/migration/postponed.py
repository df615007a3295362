"""Indexes and constraints that wait until a large load is over; a crash does not lose them."""

from __future__ import annotations

import psycopg

DEADLOCKS = 10
"""So many attempts at one statement end in a deadlock before it is given up."""

# A foreign key locks the referenced table second, but whoever writes, the applying worker of
# replication among them, writes a payment before its ledger rows. So it is locked first.
_CONSTRAINTS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       CASE contype WHEN 'f'
           THEN format('LOCK TABLE %%s IN SHARE ROW EXCLUSIVE MODE; ', confrelid::regclass)
           ELSE '' END
       || format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
                 pg_get_constraintdef(oid))
FROM pg_constraint
WHERE connamespace = 'payments'::regnamespace AND contype::text = ANY(%s)
ORDER BY array_position(ARRAY['p', 'u', 'f'], contype::text), oid
"""
_INDEXES = """
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index JOIN pg_class c ON c.oid = indrelid
WHERE c.relnamespace = 'payments'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
_ONE = "SELECT id, statement FROM payshift.postponed ORDER BY id LIMIT 1"


def postpone(connection: psycopg.Connection, *, primary_keys: bool) -> None:
    """Drop the business tables' indexes, unique constraints and foreign keys, and remember them.

    Primary keys stay unless asked for: replication finds rows by them. All or nothing.
    """
    kinds = ["p", "u", "f"] if primary_keys else ["u", "f"]
    with connection.transaction():
        constraints = connection.execute(_CONSTRAINTS, (kinds,)).fetchall()
        indexes = connection.execute(_INDEXES).fetchall()
        for drop, _ in [*indexes, *reversed(constraints)]:
            connection.execute(drop.encode())
        for _, make in [*constraints, *indexes]:
            connection.execute("INSERT INTO payshift.postponed (statement) VALUES (%s)", (make,))


def make_up(connection: psycopg.Connection) -> None:
    """Make what was postponed, each in its own transaction; nothing if nothing was.

    Rows may be applied meanwhile. A statement that ends in a deadlock with them is tried again.
    """
    deadlocks = 0
    while row := connection.execute(_ONE).fetchone():
        try:
            with connection.transaction():
                connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
                connection.execute(row[1].encode())
                connection.execute("DELETE FROM payshift.postponed WHERE id = %s", (row[0],))
        except psycopg.errors.DeadlockDetected:
            deadlocks += 1
            if deadlocks == DEADLOCKS:
                raise
        else:
            deadlocks = 0
