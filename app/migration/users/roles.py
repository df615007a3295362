"""The roles of the payment system's databases, and what each may do beyond its grants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.config.carrier import Carrier

DATABASE = "payments"
OWNER = "payments_owner"
APPLICATION = "payments_app"
ENGINE = "payshift_migration"
REPLICATION = "payshift_replication"
ROTATION = "payshift_rotation"
LOGINS: Mapping[str, str] = {
    "app": APPLICATION,
    "migration": ENGINE,
    "replication": REPLICATION,
    "rotation": ROTATION,
}
"""The first user of each login, by what the login is for (`DATABASE_ROLES`)."""
# What a member of it may do on Aurora is what a superuser does elsewhere; no attribute is in it.
AMAZON = "rds_superuser"
_ALL_ROWS = ("pg_read_all_data", "pg_write_all_data")


@dataclass(frozen=True, slots=True)
class Rights:
    """Attributes as ALTER ROLE writes them, and the roles that it is a member of."""

    attributes: tuple[str, ...] = ()
    member_of: tuple[str, ...] = ()


def rights(*, owner: str, on_aurora: bool, carrier: Carrier) -> Mapping[str, Rights]:
    """Return what each role that logs in may do.

    The engine makes subscriptions, or slots and triggers on tables of the `owner`: a superuser,
    or on Aurora a member of both. CREATEROLE alters every role but superusers and those with
    REPLICATION; on Aurora the engine needs it too, for it rotates what the rotation login may not.
    The replication reads what it copies and writes where it applies; DMS sets
    session_replication_role, which PostgreSQL 14 lets superusers do.
    """
    by_dms = carrier == "dms"
    if on_aurora:
        return {
            APPLICATION: Rights(),
            ENGINE: Rights(("CREATEROLE",), (AMAZON, owner)),
            REPLICATION: Rights((), (AMAZON if by_dms else "rds_replication", *_ALL_ROWS)),
            ROTATION: Rights(("CREATEROLE",)),
        }
    return {
        APPLICATION: Rights(),
        ENGINE: Rights(("SUPERUSER", "REPLICATION")),
        REPLICATION: Rights(("REPLICATION", *(("SUPERUSER",) if by_dms else ())), _ALL_ROWS),
        ROTATION: Rights(("CREATEROLE",)),
    }
