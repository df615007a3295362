"""What is told while a target of hundreds of gigabytes is loaded."""

from __future__ import annotations

from app.migration.replication.dms_tasks import Task

_MINUTE, _HOUR, _WHOLE = 60, 3_600, 100


def load_line(task: Task, *, gigabytes: float, expected_gigabytes: float | None) -> str:
    """Return one line: how much is there, of what, since when, and until about when.

    `gigabytes` is what the target's tables take now. The rest is reckoned from the bytes where it
    is known how many there shall be, and from DMS's percentage otherwise.
    """
    load = task.load
    size = f"{gigabytes:.1f} GB"
    share = load.percent / _WHOLE
    if expected_gigabytes:
        size += f" of about {expected_gigabytes:.0f}"
        share = min(1.0, gigabytes / expected_gigabytes)
    parts = [f"loading: {load.percent} %", f"{size} at the target"]
    parts.append(f"{load.loaded} tables done, {load.loading} loading, {load.queued} waiting")
    if load.errored:
        parts.append(f"{load.errored} FAILED")
    if load.seconds:
        parts.append(f"for {duration(load.seconds)}")
        if share:
            parts.append(f"about {duration(load.seconds * (1 - share) / share)} left")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Return hours and minutes; seconds below two minutes."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    hours, rest = divmod(round(seconds), _HOUR)
    minutes = f"{rest // _MINUTE} min"
    return f"{hours} h {minutes}" if hours else minutes
