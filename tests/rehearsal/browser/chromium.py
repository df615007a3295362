"""A headless Chromium: the locked npm package, or the one that `PAYSHIFT_CHROMIUM` names."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from app.errors import ToolMissing
from app.local.locked_package import LockedPackage

CHOICE_VARIABLE = "PAYSHIFT_CHROMIUM"
_HERE = Path(__file__).parent
_PACKAGE = LockedPackage(
    name="Chromium",
    locked=_HERE,
    tools=Path(__file__).parents[3] / "build" / "tools" / "chromium",
    remedy=f"Check the npm registry setting, or set {CHOICE_VARIABLE} to a Chromium.",
)


@dataclass(frozen=True, slots=True)
class Chromium:
    """A program, and the libraries that it brought along."""

    program: Path
    libraries: Path | None = None


@contextmanager
def browser() -> Iterator[Browser]:
    """Start it, and end it with the block. ToolMissing when there is none for this machine."""
    found = _find()
    path = os.environ.get("LD_LIBRARY_PATH", "")
    # Behind the system's own: what the machine has fits it better.
    libraries = os.pathsep.join(part for part in (path, str(found.libraries or "")) if part)
    with sync_playwright() as playwright:
        # No sandbox of its own: root may not have one, and only our own page is opened.
        running = playwright.chromium.launch(
            executable_path=found.program,
            args=["--no-sandbox", "--disable-gpu"],
            env={**os.environ, "LD_LIBRARY_PATH": libraries},
        )
        try:
            yield running
        finally:
            running.close()


def _find() -> Chromium:
    chosen = os.environ.get(CHOICE_VARIABLE)
    if chosen:
        return Chromium(Path(chosen))
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise ToolMissing(
            f"There is no locked Chromium for {sys.platform} on {platform.machine()}.",
            remedy=f"Set {CHOICE_VARIABLE} to a Chromium.",
        )
    _PACKAGE.install(_finish)
    return Chromium(_PACKAGE.home / "chromium", _PACKAGE.home / "libraries" / "lib")


def _finish(work: Path) -> None:
    _PACKAGE.run("node", str(_HERE / "unpack.mjs"), str(work), cwd=work)
    (work / "chromium").chmod(0o755)
    with tarfile.open(work / "libraries.tar") as archive:
        archive.extractall(work / "libraries", filter="data")
    (work / "libraries.tar").unlink()
    shutil.rmtree(work / "node_modules")
