"""A local environment of a benchmark's own, and the product's command against it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

ROWS = int(os.environ.get("ROWS", "100000"))


def phases_without_clients(directory: Path) -> Path:
    """Write the phases into `directory`; their gates ask only what can be asked without clients."""
    directory.mkdir()
    for file in Path("phases").glob("*.yaml"):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "gates" in content:
            lag = content["gates"]["before"]["replication_lag_seconds"]
            # One mapping each: YAML would write the second as an alias, which phases may not have.
            content["gates"] = {
                stage: {"replication_lag_seconds": lag, "row_parity": True}
                for stage in ("before", "after")
            }
        (directory / file.name).write_text(yaml.safe_dump(content), encoding="utf-8")
    return directory


@contextmanager
def local_environment(directory: Path, *arguments: str) -> Iterator[dict[str, str]]:
    """Run one below `directory` while the block does; give the variables that commands need."""
    place = directory / "build" / "local"
    variables = {
        **os.environ,
        "PAYSHIFT_ENVIRONMENT": "local",
        "PAYSHIFT_BUILD": str(directory / "build"),
        "PAYSHIFT_LOCAL_ENVIRONMENT": str(place / "environment.json"),
    }
    payshift("local", "up", "--rows", str(ROWS), *arguments, variables=variables)
    try:
        yield variables
    finally:
        payshift("local", "down", variables=variables)


def deliver(phases: Path, *, live: int, variables: Mapping[str, str]) -> None:
    """Bring the local production into a phase, as a merge would."""
    (phases / "live.yaml").write_text(f"live: phase-{live}\n", encoding="utf-8")
    payshift("deliver", "--phases", str(phases), variables=variables)


def payshift(*arguments: str, variables: Mapping[str, str]) -> None:
    """Run the command. Raises CalledProcessError."""
    command = [sys.executable, "-m", "app.pipeline.cli", *arguments]
    subprocess.run(command, env=variables, check=True, stdout=subprocess.DEVNULL)
