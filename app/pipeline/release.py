"""Puts another image or other weights into `phases/release.yaml`, and leaves the rest as it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.config.base import KeyPath
from app.config.loading import read_settings
from app.config.phases import Release
from app.config.yaml_located import Located


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The release before and after; they are equal when nothing had to be written."""

    before: Release
    after: Release


def change_release(file: Path, *, digest: str | None, blue: int | None) -> Released:
    """Write the digest of an image, or blue's weight (green gets the rest); None changes nothing.

    Comments, order and spacing stay. ConfigError names line and column when the file is wrong
    before, or when what was asked for is wrong; the file is then as it was.
    """
    located, before = read_settings(file, Release)
    wanted: dict[KeyPath, str] = {}
    if digest is not None:
        wanted["image_digest",] = digest
    if blue is not None:
        wanted |= {("weights", "blue"): str(blue), ("weights", "green"): str(100 - blue)}
    # As bytes: whoever keeps carriage returns in the file keeps them.
    text = file.read_bytes().decode()
    content = _edited(text, located=located, wanted=wanted, release=before).encode()
    _, after = read_settings(file, Release, content=content)
    file.write_bytes(content)
    return Released(before=before, after=after)


def _edited(text: str, *, located: Located, wanted: dict[KeyPath, str], release: Release) -> str:
    lines = text.splitlines(keepends=True)
    known = release.model_dump()
    # From the end to the beginning: an earlier position is not moved by a later edit.
    places = {path: located.value(path) for path in wanted}
    for path in sorted(
        wanted, key=lambda one: (places[one].line, places[one].column), reverse=True
    ):
        position, value = places[path], wanted[path]
        old: object = known
        for key in path:
            old = old[key] if isinstance(old, dict) else None
        line, start = lines[position.line - 1], position.column - 1
        rest = line[start:]
        quote = rest[0] if rest[0] in "'\"" else ""
        length = len(f"{quote}{old}{quote}")
        lines[position.line - 1] = line[:start] + quote + value + quote + rest[length:]
    return "".join(lines)
