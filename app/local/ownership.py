"""Who runs the local environment: a lock file that the supervisor holds for as long as it lives."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import LocalEnvironmentFailed

RUNNING_ALREADY = (
    "wait for its end if it is a rehearsal; else use it, or end it with `payshift local down`"
)


@contextmanager
def owned(lock: Path) -> Iterator[None]:
    """Hold the lock of the local environment; LocalEnvironmentFailed when another process does."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalEnvironmentFailed(
                f"a local environment is running already (process {_read(handle)})",
                remedy=RUNNING_ALREADY,
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def owner(lock: Path) -> int | None:
    """Process id of the supervisor, or None when nobody holds the lock."""
    if not lock.exists():
        return None
    handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(_read(handle) or 0)
    else:
        return None
    finally:
        os.close(handle)


def wait_until_free(lock: Path, *, seconds: float) -> bool:
    """Wait until nobody holds the lock; False when the time is over."""
    deadline = time.monotonic() + seconds
    while owner(lock) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _read(handle: int) -> str:
    return os.pread(handle, 32, 0).decode(errors="replace").strip()
