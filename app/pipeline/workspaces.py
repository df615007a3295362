"""The working directories of workspaces: synthesized code, lock file, Terraform's own files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.errors import InputError, WorldError
from app.pipeline.bundle import LOCK_NAME, ORDER_NAME
from app.pipeline.report import Progress, silent
from app.pipeline.terraform import JSON_FILE, LOCK_FILE, Terraform

Work = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Workspaces:
    """Workspaces as synthesized below `source/stacks`, and the directory to work in."""

    source: Path
    work: Path

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all workspaces."""
        return tuple(sorted(file.parent.name for file in self.source.glob(f"stacks/*/{JSON_FILE}")))

    @property
    def dependencies(self) -> Mapping[str, frozenset[str]]:
        """For each workspace, in an order that applies, those that must be applied before it."""
        file = self.source / ORDER_NAME
        try:
            stacks = json.loads(file.read_text(encoding="utf-8"))["stacks"]
            return {name: frozenset(one["dependencies"]) for name, one in stacks.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"{file} does not say which workspace needs which"
            raise WorldError(message, remedy="run: payshift deliver --rebuild") from error

    def prepare(self, name: str) -> Path:
        """Bring a working directory up to date; what Terraform keeps in it stays."""
        origin, directory = self.source / "stacks" / name, self.work / name
        if not (origin / JSON_FILE).is_file():
            remedy = f"write one of {', '.join(self.names)}"
            raise InputError(f"there is no workspace {name}", remedy=remedy)
        directory.mkdir(parents=True, exist_ok=True)
        for file in origin.rglob("*"):
            if file.is_file():
                copy = directory / file.relative_to(origin)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
        lock = self.source / LOCK_NAME
        if lock.is_file() and not _extends(directory / LOCK_FILE, lock):
            shutil.copyfile(lock, directory / LOCK_FILE)
        return directory


def initialise(
    terraform: Terraform,
    workspaces: Workspaces,
    names: Sequence[str],
    *,
    progress: Progress = silent,
) -> dict[str, Path]:
    """Make several working directories ready side by side; returns them by name."""
    directories = {name: workspaces.prepare(name) for name in names}

    def run(name: str) -> None:
        if terraform.init(directories[name]):
            progress(f"{name}: ready")

    side_by_side(terraform, [partial(run, name) for name in directories])
    return directories


def side_by_side(terraform: Terraform, work: Sequence[Work]) -> None:
    """Run pieces of work in threads. The first error is raised once all have ended.

    Ctrl-C asks every running Terraform to stop, and waits for it.
    """
    with ThreadPoolExecutor(max_workers=max(1, len(work))) as pool:
        running = [pool.submit(one) for one in work]
        try:
            for future in running:
                future.result()
        except KeyboardInterrupt:
            terraform.interrupt()
            raise


def _extends(present: Path, wanted: Path) -> bool:
    """Tell whether a lock file holds all that is wanted; init may have added this platform."""
    if not present.is_file():
        return False
    lines = {line.strip() for line in present.read_text(encoding="utf-8").splitlines()}
    return all(
        line.strip() in lines
        for line in wanted.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    )
