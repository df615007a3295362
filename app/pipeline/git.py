"""The only door to Git: what a file was in another revision, and who is working where."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

from app.errors import InputError, ToolMissing


def file_at(file: Path, *, revision: str) -> bytes | None:
    """Return the content of `file` at a revision, None when the revision does not have it.

    InputError when there is no such revision, or `file` is in no repository.
    """
    directory = file.resolve().parent
    name = f"{_commit(directory, revision, option='--base')}:./{file.name}"
    if _git(directory, "cat-file", "-e", name).returncode:
        return None
    return _git(directory, "cat-file", "blob", name).stdout


def export(directory: Path, *, revision: str, into: Path) -> Path:
    """Write all files of a revision below `into`; return where `directory` is in there.

    InputError when there is no such revision, it lacks `directory`, or that is in no repository.
    """
    commit = _commit(directory, revision, option="--against")
    root = Path(_git(directory, "rev-parse", "--show-toplevel").stdout.decode().strip())
    archive = _git(root, "archive", "--format=tar", commit)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout), mode="r:") as files:
        files.extractall(into, filter="data")
    there = into / directory.resolve().relative_to(root.resolve())
    if not there.is_dir():
        remedy = "name a revision that has it"
        raise InputError(f"{revision} has no directory {directory}", remedy=remedy)
    return there


def head(directory: Path) -> str:
    """Return the commit that is checked out, with `+` when files differ from it; else empty."""
    if not shutil.which("git"):
        return ""
    commit = _git(directory, "rev-parse", "--verify", "--quiet", "HEAD")
    if commit.returncode:
        return ""
    changed = _git(directory, "status", "--porcelain", "--untracked-files=no").stdout.strip()
    return commit.stdout.decode().strip() + ("+" if changed else "")


def parents(directory: Path, commit: str) -> tuple[str, ...]:
    """Return the parents of a commit, also in a shallow clone that lacks them; none if unknown."""
    lines = _git(directory, "cat-file", "commit", commit).stdout.decode(errors="replace")
    header = lines.partition("\n\n")[0].splitlines()
    return tuple(line.split()[1] for line in header if line.startswith("parent "))


def same_but_for(directory: Path, *, revision: str, names: tuple[str, ...]) -> bool:
    """Tell whether the files checked out are those of a revision, but for these of `directory`.

    InputError when there is no such revision, or `directory` is in no repository.
    """
    commit = _commit(directory, revision, option="--base")
    root = Path(_git(directory, "rev-parse", "--show-toplevel").stdout.decode().strip())
    there = directory.resolve().relative_to(root.resolve())
    others = [f":(exclude,top){there / name}" for name in names]
    return not _git(root, "diff", "--quiet", commit, "--", ".", *others).returncode


def _commit(directory: Path, revision: str, *, option: str) -> str:
    commit = _git(directory, "rev-parse", "--verify", "--quiet", "--end-of-options",
                  f"{revision}^{{commit}}")  # fmt: skip
    if commit.returncode:
        inside = _git(directory, "rev-parse", "--git-dir").returncode == 0
        if not inside:
            remedy = f"run this in a checkout, or leave out {option}"
            raise InputError(f"{directory} is in no Git repository", remedy=remedy)
        remedy = "fetch it (git fetch origin; a shallow clone lacks it), or name another revision"
        raise InputError(f"there is no revision {revision}", remedy=remedy)
    return commit.stdout.decode().strip()


def _git(directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    git = shutil.which("git")
    if git is None:
        raise ToolMissing("git is not on this machine", remedy="install git")
    return subprocess.run([git, "-C", str(directory), *arguments], capture_output=True, check=False)
