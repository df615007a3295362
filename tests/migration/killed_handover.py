"""A handover in a process of its own that dies by SIGKILL right after a step."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from app.migration.connection import DatabaseSettings
from app.migration.handover import Handover
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Databases, Site


def run_and_kill(databases: Databases, *, to: Site, run_id: str, after: str) -> int:
    """Start the handover and let it die after the step; return the exit status of the process."""
    secrets = {
        site.value: {
            **settings.model_dump(mode="json"),
            "password": settings.password.get_secret_value(),
        }
        for site, settings in databases.items()
    }
    done = subprocess.run(
        [sys.executable, "-m", __name__, to.value, run_id, after],
        input=json.dumps(secrets),
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
        check=False,
    )
    return done.returncode


def _main() -> None:
    to, run_id, after = sys.argv[1:]
    databases = {
        Site(site): DatabaseSettings.model_validate(values)
        for site, values in json.load(sys.stdin).items()
    }

    def die(step: str) -> None:
        if step == after:
            os.kill(os.getpid(), signal.SIGKILL)

    Handover(databases=databases, replication=LogicalReplication(), observer=die).run(
        to=Site(to), run_id=run_id, deadline_seconds=30
    )


if __name__ == "__main__":
    _main()
