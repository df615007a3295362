"""Puts another image or other weights into `phases/release.yaml`, and leaves the rest as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.config.base import KeyPath
from app.config.loading import read_settings
from app.config.phases import Release
from app.config.yaml_located import Located
from app.errors import ConfigError, Problem, ReleaseRefused

ENGINE = "engine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The release before and after; they are equal when nothing had to be written."""

    before: Release
    after: Release


def change_release(
    file: Path, *, digest: str | None = None, blue: int | None = None, engine: str | None = None
) -> Released:
    """Write the digest of an image, or blue's weight (green gets the rest); None changes nothing.

    A digest goes to the colour without weight; the first one goes everywhere, as nothing runs
    before it. `engine` names the colour whose image all other functions shall run. Comments, order
    and spacing stay. ReleaseRefused while both colours serve; ConfigError names line and column
    when the file is wrong before, or when what was asked for is wrong. The file is then as it was.
    """
    located, before = read_settings(file, Release)
    images: dict[str, str] = before.images.model_dump()
    for name in _takers(before) if digest is not None else ():
        images[name] = digest or ""
    if engine is not None:
        images[ENGINE] = images[engine]
    wanted: dict[KeyPath, str] = {("images", name): image for name, image in images.items()}
    if blue is not None:
        wanted |= {("weights", "blue"): str(blue), ("weights", "green"): str(100 - blue)}
    # As bytes: whoever keeps carriage returns in the file keeps them.
    text = file.read_bytes().decode()
    content = _edited(text, located=located, wanted=wanted, release=before).encode()
    found, after = read_settings(file, Release, content=content)
    if problems := tuple(untried_images(found, before=before, after=after)):
        raise ConfigError(problems)
    file.write_bytes(content)
    return Released(before=before, after=after)


def untried_images(located: Located, *, before: Release, after: Release) -> Iterator[Problem]:
    """Yield a problem for each colour whose image changes while, before or after, it has weight.

    Clients would meet the image at once, and the one that they leave would stand nowhere.
    """
    if not before.images.named:
        return
    served, serves = before.weights.model_dump(), after.weights.model_dump()
    was, images = before.images.model_dump(), after.images.model_dump()
    for colour, weight in serves.items():
        if images[colour] != was[colour] and (weight or served[colour]):
            yield located.problem(
                ("images", colour),
                f"the image of {colour} changes while it has {weight or served[colour]} % of the "
                "requests: nobody tried it, and nothing would stand ready to go back to",
                remedy="write it to the colour without weight, and move weight in a later change",
            )


def _takers(release: Release) -> tuple[str, ...]:
    if not release.images.named:
        return tuple(release.images.model_dump())
    if release.idle is None:
        weights = release.weights
        raise ReleaseRefused(
            f"blue has {weights.blue} % and green has {weights.green} % of the requests: no colour "
            "is free to take another image",
            remedy="end the move first: payshift release --blue 100, or --blue 0",
        )
    return (release.idle,)


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
