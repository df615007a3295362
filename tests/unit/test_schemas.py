"""The JSON Schemas beside the phase files are what the models say, and agree with the loader."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from app.config.loading import load_phases
from app.config.schemas import stale_schemas, write_schemas

PHASES = Path(__file__).parents[2] / "phases"


def test_the_schemas_are_fresh() -> None:
    # When this fails: payshift check --write-schemas
    assert stale_schemas(PHASES / "schema") == ()


def test_the_phases_that_ship_are_right() -> None:
    assert load_phases(PHASES).names[0] == "phase-0"


@pytest.mark.parametrize("file", sorted(PHASES.glob("*.yaml")), ids=lambda file: file.name)
def test_each_file_names_its_schema_and_satisfies_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    name = "phase" if file.name.startswith("phase-") else file.stem
    first = text.splitlines()[0]
    assert first == f"# yaml-language-server: $schema=schema/{name}.json"
    schema = json.loads((PHASES / "schema" / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(text), schema)


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    directory = tmp_path / "phases" / "schema"
    assert [file.name for file in write_schemas(directory)] == [
        "phase.json", "live.json", "release.json",
    ]  # fmt: skip
    (directory / "live.json").write_text("{}", encoding="utf-8")
    assert stale_schemas(directory) == ("live.json",)
    assert write_schemas(directory) == (directory / "live.json",)
