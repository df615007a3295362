"""Synthesizes all workspaces of an environment, in a process of its own.

cdktf and the bindings of the provider take seconds and hundreds of megabytes to load; they go
away with that process, and a machine without them can still deliver stored bundles.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app.errors import ToolMissing, WorldError

_PROGRAM = """
import sys
from pathlib import Path
from app.config.loading import load_environment
from app.main import synthesize
name, phases, output = sys.argv[1:]
synthesize(environment=load_environment(name), phases=Path(phases), output=Path(output))
"""


def synthesize(
    *, environment: str, phases: Path, output: Path, code: Path | None = None
) -> tuple[str, ...]:
    """Write `output/stacks/<workspace>/cdk.tf.json`; returns the names of the workspaces.

    `code` is another checkout whose program and environments are used instead of these.
    ToolMissing when cdktf is not installed, WorldError with what it said when it fails.
    """
    output.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", _PROGRAM, environment, str(phases.resolve()),
               str(output.resolve())]  # fmt: skip
    variables = os.environ | ({"PYTHONPATH": str(code)} if code else {})
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=code, env=variables
    )
    if ended.returncode:
        _fail(ended.stderr.strip() or ended.stdout.strip())
    return tuple(sorted(file.parent.name for file in output.glob("stacks/*/cdk.tf.json")))


def _fail(said: str) -> None:
    last = said.splitlines()[-1] if said else "it said nothing"
    if last.startswith("ModuleNotFoundError"):
        message = f"the workspaces cannot be synthesized here: {last}"
        raise ToolMissing(message, remedy="run: make setup")
    raise WorldError(f"synthesis failed: {last}", remedy=f"what it said:\n{said[-3000:]}")
