"""From 100 % at AWS, with the writer there, back to 0 in one delivery: how long, and whose time."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from bench.figures import Figure

RUNS = int(os.environ.get("ROLLBACKS", "3"))
ROWS = int(os.environ.get("ROWS", "100000"))
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
        phases = _phases(directory / "phases")
        with _local(directory) as variables:
            for run in range(RUNS):
                _deliver(phases, live=100, variables=variables)
                noted = directory / f"terraform-{run}"
                begun = time.monotonic()
                _deliver(phases, live=0, variables=_noting(variables, directory, noted))
                whole.append(time.monotonic() - begun)
                outside.append(whole[-1] - _covered(noted))
    return (
        Figure(name="rollback_100_to_0_seconds", unit="s", samples=tuple(whole)),
        Figure(name="rollback_outside_terraform_seconds", unit="s", samples=tuple(outside)),
    )


def _phases(directory: Path) -> Path:
    directory.mkdir()
    for file in Path("phases").glob("*.yaml"):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "gates" in content:
            lag = content["gates"]["before"]["replication_lag_seconds"]
            gate = {"replication_lag_seconds": lag, "row_parity": True}
            content["gates"] = {"before": gate, "after": gate}
        (directory / file.name).write_text(yaml.safe_dump(content), encoding="utf-8")
    return directory


@contextmanager
def _local(directory: Path) -> Iterator[dict[str, str]]:
    """Run a local environment of its own while the block does."""
    place = directory / "build" / "local"
    variables = {
        **os.environ,
        "PAYSHIFT_ENVIRONMENT": "local",
        "PAYSHIFT_BUILD": str(directory / "build"),
        "PAYSHIFT_LOCAL_ENVIRONMENT": str(place / "environment.json"),
    }
    _payshift("local", "up", "--rows", str(ROWS), variables=variables)
    try:
        yield variables
    finally:
        _payshift("local", "down", variables=variables)


def _deliver(phases: Path, *, live: int, variables: dict[str, str]) -> None:
    (phases / "live.yaml").write_text(f"live: phase-{live}\n", encoding="utf-8")
    _payshift("deliver", "--phases", str(phases), variables=variables)


def _payshift(*arguments: str, variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "app.pipeline.cli", *arguments]
    subprocess.run(command, env=variables, check=True, stdout=subprocess.DEVNULL)


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


def _covered(notes: Path) -> float:
    """Return the seconds in which at least one Terraform ran."""
    runs = sorted(
        tuple(map(float, line.split())) for line in notes.read_text(encoding="utf-8").splitlines()
    )
    covered, until = 0.0, 0.0
    for begun, ended in runs:
        covered += max(0.0, ended - max(begun, until))
        until = max(until, ended)
    return covered
