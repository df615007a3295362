"""JSON Schemas of the phase files, so that editors complete and check them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from app.config.phases import Live, Phase, Release

MODELS: Mapping[str, type[BaseModel]] = {
    "phase.json": Phase,
    "live.json": Live,
    "release.json": Release,
}


def schemas() -> dict[str, str]:
    """Return the text of every schema file, by file name."""
    return {name: _text(model) for name, model in MODELS.items()}


def write_schemas(directory: Path) -> tuple[Path, ...]:
    """Write the schemas into `directory`; returns the files that changed."""
    directory.mkdir(parents=True, exist_ok=True)
    changed = [directory / name for name in stale_schemas(directory)]
    for file in changed:
        file.write_text(schemas()[file.name], encoding="utf-8")
    return tuple(changed)


def stale_schemas(directory: Path) -> tuple[str, ...]:
    """Return the names of schema files that are missing or not what the models say."""
    return tuple(
        name
        for name, text in schemas().items()
        if not (directory / name).is_file()
        or (directory / name).read_text(encoding="utf-8") != text
    )


def _text(model: type[BaseModel]) -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
