"""The only door to Git: what a file was in another revision, and who is working where."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from app.errors import InputError, ToolMissing


def file_at(file: Path, *, revision: str) -> bytes | None:
    """Return the content of `file` at a revision, None when the revision does not have it.

    InputError when there is no such revision, or `file` is in no repository.
    """
    directory = file.resolve().parent
    commit = _git(directory, "rev-parse", "--verify", "--quiet", "--end-of-options",
                  f"{revision}^{{commit}}")  # fmt: skip
    if commit.returncode:
        inside = _git(directory, "rev-parse", "--git-dir").returncode == 0
        if not inside:
            remedy = "run this in a checkout, or leave out --base"
            raise InputError(f"{directory} is in no Git repository", remedy=remedy)
        remedy = "fetch it (git fetch origin; a shallow clone lacks it), or name another revision"
        raise InputError(f"there is no revision {revision}", remedy=remedy)
    name = f"{commit.stdout.decode().strip()}:./{file.name}"
    if _git(directory, "cat-file", "-e", name).returncode:
        return None
    return _git(directory, "cat-file", "blob", name).stdout


def head(directory: Path) -> str:
    """Return the commit that is checked out, with `+` when files differ from it; else empty."""
    if not shutil.which("git"):
        return ""
    commit = _git(directory, "rev-parse", "--verify", "--quiet", "HEAD")
    if commit.returncode:
        return ""
    changed = _git(directory, "status", "--porcelain", "--untracked-files=no").stdout.strip()
    return commit.stdout.decode().strip() + ("+" if changed else "")


def _git(directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    git = shutil.which("git")
    if git is None:
        raise ToolMissing("git is not on this machine", remedy="install git")
    return subprocess.run([git, "-C", str(directory), *arguments], capture_output=True, check=False)
