"""From 100 % at AWS, with the writer there, back to 0 in one delivery: how long, and whose time."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

from bench.figures import Figure
from bench.intervals import covered
from bench.local_target import deliver, local_environment, phases_without_clients

RUNS = int(os.environ.get("ROLLBACKS", "3"))
# Notes when each run of Terraform began and ended; the rest of the time is payshift's own.
_NOTING = """#!/bin/bash
begun=$EPOCHREALTIME
{real} "$@" <&0 &
child=$!
trap 'kill -INT $child' INT TERM
wait $child
code=$?
echo "$begun $EPOCHREALTIME" >> {notes}
exit $code
"""


def measure() -> tuple[Figure, ...]:
    """Go up to 100 and back to 0 `ROLLBACKS` times (3) on the local environment.

    No clients are needed, so the gates keep only what can be asked without them.
    """
    whole, outside = [], []
    with tempfile.TemporaryDirectory(prefix="payshift-rollback-") as name:
        directory = Path(name)
        phases = phases_without_clients(directory / "phases")
        with local_environment(directory) as variables:
            for run in range(RUNS):
                deliver(phases, live=100, variables=variables)
                noted = directory / f"terraform-{run}"
                begun = time.monotonic()
                deliver(phases, live=0, variables=_noting(variables, directory, noted))
                whole.append(time.monotonic() - begun)
                outside.append(whole[-1] - covered(_runs(noted)))
    return (
        Figure(name="rollback_100_to_0_seconds", unit="s", samples=tuple(whole)),
        Figure(name="rollback_outside_terraform_seconds", unit="s", samples=tuple(outside)),
    )


def _noting(variables: dict[str, str], directory: Path, notes: Path) -> dict[str, str]:
    """Put a terraform first on the PATH that notes its times and then is the real one."""
    real = shutil.which("terraform")
    assert real is not None  # noqa: S101  # the local environment could not have started
    programs = directory / f"{notes.name}-bin"
    programs.mkdir()
    file = programs / "terraform"
    file.write_text(_NOTING.format(real=real, notes=notes), encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return {**variables, "PATH": os.pathsep.join((str(programs), variables["PATH"]))}


def _runs(notes: Path) -> list[tuple[float, float]]:
    """Return when each Terraform began and ended."""
    lines = notes.read_text(encoding="utf-8").splitlines()
    return [(float(begun), float(ended)) for begun, ended in map(str.split, lines)]
