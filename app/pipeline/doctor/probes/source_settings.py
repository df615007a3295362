"""The source's settings allow logical replication, as DMS and the engine need it."""

from __future__ import annotations

from collections.abc import Iterator

from app.pipeline.doctor.context import DoctorContext
from app.pipeline.doctor.needs import SLOTS
from app.pipeline.probing.base import Line, Probe, judged

MAJOR = 14
# Of wal_sender_timeout: DMS breaks a session that says nothing for longer or is cut off sooner.
SHORTEST, LONGEST = 10_000, 300_000
# Units are the server's own: wal_sender_timeout is in milliseconds.
SETTINGS = """
    SELECT name, setting FROM pg_catalog.pg_settings
    WHERE name IN ('wal_level', 'max_replication_slots', 'max_wal_senders', 'wal_sender_timeout',
                   'ssl', 'server_version_num')
"""
USED = """
    SELECT (SELECT count(*) FROM pg_catalog.pg_replication_slots),
           (SELECT count(*) FROM pg_catalog.pg_stat_replication)
"""
_RESTART = "then restart the source, which takes a maintenance window"


class SourceSettings:
    """Most of them need a restart of the database that the business runs on: know it early."""

    title = "settings of the source"
    remedy = "Give the login of the source: --source FILE, and its authority: --source-ca FILE."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Read the settings in force, and how much of them is used."""
        with context.source() as connection:
            found = dict(connection.execute(SETTINGS).fetchall())
            slots, senders = connection.execute(USED).fetchall()[0]
        version = int(found["server_version_num"]) // 10_000
        yield judged(
            passed=version == MAJOR,
            subject="version",
            message=f"PostgreSQL {version}; the target is {MAJOR}",
            remedy=f"upgrade the source to {MAJOR} first, or choose another target",
        )
        yield judged(
            passed=found["wal_level"] == "logical",
            subject="wal_level",
            message=found["wal_level"],
            remedy=f"ALTER SYSTEM SET wal_level = 'logical', {_RESTART}",
        )
        for name, used in (("max_replication_slots", slots), ("max_wal_senders", senders)):
            free = int(found[name]) - used
            yield judged(
                passed=free >= SLOTS,
                subject=name,
                message=f"{free} of {found[name]} are free; the replication takes {SLOTS}",
                remedy=f"ALTER SYSTEM SET {name} = {used + SLOTS}, {_RESTART}",
            )
        timeout = int(found["wal_sender_timeout"])
        yield judged(
            passed=timeout == 0 or SHORTEST <= timeout <= LONGEST,
            subject="wal_sender_timeout",
            message=f"{timeout / 1000:g} s; 0 or 10 to 300 s are right",
            remedy="ALTER SYSTEM SET wal_sender_timeout = '60s'; SELECT pg_reload_conf()",
        )
        yield judged(
            passed=found["ssl"] == "on",
            subject="ssl",
            message=found["ssl"],
            remedy="install a certificate and ALTER SYSTEM SET ssl = on; SELECT pg_reload_conf()",
        )


PROBE: Probe[DoctorContext] = SourceSettings()
