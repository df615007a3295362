"""What goes into the rehearsal's repository: the product as it stands, without leavings."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import app

ROOT = Path(app.__file__).resolve().parents[1]
_LEAVINGS = {
    ".git", ".venv", "build", "cdktf.out", "__pycache__", "node_modules", ".terraform",
    ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache",
}  # fmt: skip


def copy_product(destination: Path, *, root: Path = ROOT) -> int:
    """Copy the product's files and return their number.

    In a checkout these are the tracked files and the new ones that Git would add; elsewhere
    everything but caches and builds. Symbolic links stay links.
    """
    copied = 0
    for relative in product_files(root):
        source, target = root / relative, destination / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
        copied += 1
    return copied


def product_files(root: Path) -> Iterator[Path]:
    """Yield the product's files, relative to `root`."""
    listed = _listed_by_git(root)
    names = _walk(root) if listed is None else listed
    yield from sorted(name for name in names if (root / name).is_file())


def _listed_by_git(root: Path) -> list[Path] | None:
    if not (root / ".git").exists():
        return None
    done = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        return None
    return [Path(os.fsdecode(name)) for name in done.stdout.split(b"\0") if name]


def _walk(root: Path) -> list[Path]:
    found: list[Path] = []
    for directory, directories, files in os.walk(root):
        directories[:] = [name for name in directories if name not in _LEAVINGS]
        found.extend((Path(directory) / name).relative_to(root) for name in files)
    return found
