"""Finds the AWS provider on this machine, so that nothing is downloaded where a mirror exists.

Looked at in this order: the directory that PAYSHIFT_TERRAFORM_MIRROR names, Terraform's implied
mirror directories, then a search of the usual software directories, bounded in depth and time.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from app.errors import InputError

VERSION = "5.100.0"
PROVIDER = "registry.terraform.io/hashicorp/aws"
VARIABLE = "PAYSHIFT_TERRAFORM_MIRROR"

_HOST = "registry.terraform.io"
_DEPTH = 4
_SECONDS = 3.0
_NEVER = {"node_modules", "site-packages", "__pycache__", "proc", "sys"}


def find_mirror(*, platform: str, cache: Path) -> Path | None:
    """Return the mirror directory that holds the provider for `platform`, such as linux_amd64.

    The answer is remembered in the file `cache` and checked again at each use. InputError when
    PAYSHIFT_TERRAFORM_MIRROR names a directory without it.
    """
    if named := os.environ.get(VARIABLE):
        if not holds_provider(Path(named), platform=platform):
            message = f"{VARIABLE} names {named}, which has no {PROVIDER} {VERSION} for {platform}"
            remedy = "name the directory that contains registry.terraform.io, or unset it"
            raise InputError(message, remedy=remedy)
        return Path(named)
    known = _remembered(cache)
    if known and holds_provider(known, platform=platform):
        return known
    candidates = [*_implied_directories(), *_search(_roots())]
    found = next((one for one in candidates if holds_provider(one, platform=platform)), None)
    if found:
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(json.dumps({"mirror": str(found)}), encoding="utf-8")
    return found


def holds_provider(mirror: Path, *, platform: str) -> bool:
    """Tell whether a directory is a filesystem mirror with the provider, unpacked or packed."""
    provider = mirror / PROVIDER
    packed = provider / f"terraform-provider-aws_{VERSION}_{platform}.zip"
    unpacked = provider / VERSION / platform
    return packed.is_file() or (unpacked.is_dir() and any(unpacked.glob("terraform-provider-aws*")))


def _remembered(cache: Path) -> Path | None:
    try:
        return Path(json.loads(cache.read_text(encoding="utf-8"))["mirror"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _implied_directories() -> Iterator[Path]:
    home = Path.home()
    data = os.environ.get("XDG_DATA_HOME") or home / ".local" / "share"
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    yield home / ".terraform.d" / "plugins"
    yield Path(data) / "terraform" / "plugins"
    for directory in shared.split(":"):
        yield Path(directory) / "terraform" / "plugins"


def _roots() -> tuple[Path, ...]:
    usual = ("/opt", "/usr/local", "/usr/share", "/var/lib")
    return (*map(Path, usual), Path.home())


def _search(roots: tuple[Path, ...]) -> Iterator[Path]:
    """Walk breadth first, so that what lies near the top is found before the time is up."""
    until = time.monotonic() + _SECONDS
    level = list(roots)
    for _ in range(_DEPTH):
        below: list[Path] = []
        for directory in level:
            if time.monotonic() > until:
                return
            children = _children(directory)
            if any(child.name == _HOST for child in children):
                yield directory
            below.extend(children)
        level = below


def _children(directory: Path) -> list[Path]:
    try:
        with os.scandir(directory) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if entry.name not in _NEVER
                and not entry.name.startswith(".")
                and entry.is_dir(follow_symlinks=False)
            ]
    except OSError:
        return []
