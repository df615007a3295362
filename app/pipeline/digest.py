"""What determines the synthesized workspaces, as one digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import app
from app.config.loading import LIVE

PACKAGE = Path(app.__file__).parent
_CODE = ("main.py", "errors.py", "components", "stacks", "config")
_PINS = ("cdktf.json", "requirements/synth.txt")
_DATA = {".py", ".yaml", ".hcl", ".json"}


def inputs_digest(*, environment: str, phases: Path) -> str:
    """Digest code, pins, settings and phases. `live` is left out: moving needs no new synthesis."""
    digest = hashlib.sha256()
    for name, file in sorted(_inputs(environment, phases)):
        content = file.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _inputs(environment: str, phases: Path) -> Iterator[tuple[str, Path]]:
    yield "environment", PACKAGE / "config" / "environments" / f"{environment}.yaml"
    for part in _CODE:
        root = PACKAGE / part
        for file in [root] if root.is_file() else root.rglob("*"):
            if file.suffix in _DATA and file.parent.name != "environments":
                yield f"app/{file.relative_to(PACKAGE)}", file
    for pin in _PINS:
        if (PACKAGE.parent / pin).is_file():
            yield pin, PACKAGE.parent / pin
    for file in phases.glob("*.yaml"):
        if file.name != LIVE:
            yield f"phases/{file.name}", file
