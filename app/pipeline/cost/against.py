"""The workspaces of another state of the code: of a Git revision, or of a directory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.pipeline.git import export
from app.pipeline.report import Progress, silent
from app.pipeline.synthesis import synthesize


@contextmanager
def other_workspaces(
    other: str, *, environment: str, phases: Path, progress: Progress = silent
) -> Iterator[Path]:
    """Give a directory with the workspaces of `other`.

    A directory is read as it is. Anything else is a revision: its files are written elsewhere and
    synthesized by its own program, with the packages that are installed here.
    """
    if Path(other).is_dir():
        yield Path(other)
        return
    with tempfile.TemporaryDirectory(prefix="payshift-cost-") as name:
        code, output = Path(name) / "code", Path(name) / "cdktf.out"
        there = export(phases, revision=other, into=code)
        progress(f"synthesizing the workspaces of {other}")
        synthesize(environment=environment, phases=there, output=output, code=code)
        yield output
