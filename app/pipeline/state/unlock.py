"""Ends the lock that a run left behind which was killed: Terraform lets go of its own by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from app.errors import Refused
from app.pipeline.aws import code, translated
from app.pipeline.state.locks import Lock, Locks
from app.pipeline.stored import ABSENT

# Longer than a job needs from being cancelled to its end; an apply that is alive may be older.
YOUNG = timedelta(minutes=10)
_CHANGED = ABSENT | {"ConditionalRequestConflict", "PreconditionFailed"}


def require_old(lock: Lock, *, force: bool, now: datetime | None = None) -> None:
    """Refuse to end a lock that was taken a short while ago: its run may be alive."""
    age = (now or datetime.now(UTC)) - lock.written
    if age < YOUNG and not force:
        raise Refused(
            f"{lock}, {age.total_seconds() / 60:.0f} minutes ago: that run may be alive",
            remedy="see whether its job has ended; if it was killed, add --force",
        )


def end(locks: Locks, lock: Lock) -> None:
    """Remove exactly this lock. Refused when it has gone, or another run has taken the next."""
    found = locks.held(lock.workspace)
    if found is None or found.id != lock.id:
        raise _refusal(lock)
    with translated(f"ending the lock of {lock.workspace}"):
        try:
            locks.s3.delete_object(
                Bucket=locks.names.state_bucket,
                Key=locks.names.lock_key(lock.workspace),
                IfMatch=found.etag,
            )
        except ClientError as error:
            if code(error) in _CHANGED:
                raise _refusal(lock) from error
            raise


def _refusal(lock: Lock) -> Refused:
    return Refused(
        f"the lock {lock.id} of {lock.workspace} has ended meanwhile",
        remedy=f"nothing was changed; look again: payshift state unlock {lock.workspace}",
    )
