"""Starting, looking at and ending the local environment from the outside."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from app.errors import LocalEnvironmentFailed
from app.local.layout import Layout
from app.local.ownership import RUNNING_ALREADY, owner, wait_until_free
from app.local.processes import tail

_STOP_SECONDS = 60.0


def up(
    layout: Layout,
    *,
    rows: int,
    progress: Callable[[str], None],
    whole_target: bool = False,
) -> None:
    """Start the local environment and return when it is ready; it keeps running.

    Of the target, what the phases need is applied, or all with `whole_target`.

    Whatever interrupts this (Ctrl-C, a failure of any part) ends every process and removes the
    directory. Raises LocalEnvironmentFailed when one is running already or a part fails.
    """
    running = owner(layout.lock)
    if running is not None:
        raise LocalEnvironmentFailed(
            f"a local environment is running already (process {running})",
            remedy=RUNNING_ALREADY,
        )
    try:
        layout.complaints.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalEnvironmentFailed(
            f"the directory {layout.root} cannot be made: {error}",
            remedy="free it, or set PAYSHIFT_LOCAL_ENVIRONMENT to <directory>/environment.json",
        ) from error
    # Not the caller's standard error: whoever reads a pipe from us would wait for the supervisor.
    with layout.complaints.open("wb") as complaints:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "app.local.supervisor", str(layout.root), str(rows),
             "whole" if whole_target else "smallest"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            start_new_session=True,
        )  # fmt: skip
    try:
        _follow(supervisor, progress=progress, complaints=layout.complaints)
    except BaseException:
        _end(supervisor)
        remove(layout)
        raise
    finally:
        if supervisor.stdout is not None:
            supervisor.stdout.close()


def down(layout: Layout) -> bool:
    """End the local environment and remove its directory; False when there was none."""
    running = owner(layout.lock)
    if running is not None:
        os.kill(running, signal.SIGTERM)
        if not wait_until_free(layout.lock, seconds=_STOP_SECONDS):
            os.kill(running, signal.SIGKILL)
            wait_until_free(layout.lock, seconds=5)
    existed = layout.root.exists()
    remove(layout)
    return existed or running is not None


def remove(layout: Layout) -> None:
    """Remove what an environment that does not run any more has left."""
    for place in (*layout.recorded_places(), layout.root):
        shutil.rmtree(place, ignore_errors=True)


def _follow(
    supervisor: subprocess.Popen[str], *, progress: Callable[[str], None], complaints: Path
) -> None:
    if supervisor.stdout is None:  # pragma: no cover - Popen was asked for a pipe
        raise LocalEnvironmentFailed("the supervisor has no standard output")
    for line in supervisor.stdout:
        event = json.loads(line)
        match event:
            case {"progress": str(text)}:
                progress(text)
            case {"ready": True}:
                return
            case {"failed": str(message), "remedy": str(remedy)}:
                raise LocalEnvironmentFailed(message, remedy=remedy)
            case _:
                raise LocalEnvironmentFailed(f"the supervisor said what nobody knows: {line}")
    code = supervisor.wait()
    raise LocalEnvironmentFailed(
        f"the supervisor of the local environment ended with {code}\n{tail(complaints)}",
        remedy="start it again",
    )


def _end(supervisor: subprocess.Popen[str]) -> None:
    if supervisor.poll() is None:
        supervisor.terminate()
        try:
            supervisor.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            supervisor.kill()
            supervisor.wait()


def default_root() -> Path:
    """Where the local environment lives unless `PAYSHIFT_LOCAL_ENVIRONMENT` names another file."""
    named = os.environ.get("PAYSHIFT_LOCAL_ENVIRONMENT")
    return Path(named).resolve().parent if named else Path.cwd() / "build" / "local"
