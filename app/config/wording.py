"""Words for people: what a value may be, and what is wrong with one that it may not be."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.config.base import KeyPath
from app.config.yaml_located import Located
from app.errors import Problem

Schema = Mapping[str, Any]
_SHOWN = 60
_GROUPED = 10_000


def explain(error: ValidationError, *, located: Located, model: type[BaseModel]) -> list[Problem]:
    """Translate what pydantic found into problems with a position and a remedy, in file order."""
    schema = model.model_json_schema()
    found = error.errors(include_url=False)
    unknown = {tuple(one["loc"]) for one in found if one["type"] == "extra_forbidden"}
    problems = []
    for one in found:
        path: KeyPath = tuple(one["loc"])
        if one["type"] == "missing" and _is_a_typo_of(path, unknown):
            continue
        problems.append(_explain_one(one, path, located, schema))
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` was probably meant to be."""
    matches = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def expectation(schema: Schema) -> str:
    """Say what a value of this JSON Schema may be, such as `a whole number from 0 to 100`."""
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return _one_of(schema["enum"])
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return ("a whole number" if kind == "integer" else "a number") + _bounds(schema)
    if kind == "string":
        return _text(schema)
    if kind == "array":
        least, most = schema.get("minItems"), schema.get("maxItems")
        return f"a list of {least} values" if least is not None and least == most else "a list"
    return {"boolean": "true or false", "object": "keys and values"}.get(str(kind), "a value")


def _explain_one(one: ErrorDetails, path: KeyPath, located: Located, schema: Schema) -> Problem:
    kind, name = one["type"], _name(path)
    if kind == "mistake":
        context = one["ctx"]
        return located.problem(
            path + tuple(context["at"]), context["message"], remedy=context["remedy"]
        )
    if kind == "extra_forbidden":
        known = _properties(_at(schema, path[:-1]))
        meant = closest(str(path[-1]), known)
        remedy = f"did you mean {meant}?" if meant else f"known here: {', '.join(known)}"
        message = f"unknown key {path[-1]}" + (f" in {_name(path[:-1])}" if path[:-1] else "")
        return located.problem(path, message, remedy=remedy, at_key=True)
    wanted = expectation(_at(schema, path))
    if kind == "missing":
        owner = _name(path[:-1]) or located.file.name
        message, remedy = f"{owner} has no {path[-1]}", f"add {path[-1]}: {wanted}"
        return located.problem(path[:-1], message, remedy=remedy, at_key=True)
    if kind in ("too_short", "too_long"):
        message = f"{name} has {len(one['input'])} values"
    else:
        message = f"{name or located.file.name} is {_shown(one['input'])}"
    return located.problem(path, message, remedy=f"write {wanted}")


def _is_a_typo_of(path: KeyPath, unknown: set[KeyPath]) -> bool:
    siblings = [str(other[-1]) for other in unknown if other[:-1] == path[:-1]]
    return closest(str(path[-1]), siblings) is not None


def _at(schema: Schema, path: KeyPath) -> Schema:
    node = _resolve(schema, schema)
    for part in path:
        if isinstance(part, int):
            child = node.get("items", {})
        else:
            child = node.get("properties", {}).get(part, {})
        node = _resolve(child, schema)
    return node


def _resolve(node: Schema, root: Schema) -> Schema:
    while True:
        if "$ref" in node:
            node = root["$defs"][str(node["$ref"]).rpartition("/")[2]]
        elif "anyOf" in node:
            node = next(one for one in node["anyOf"] if one.get("type") != "null")
        else:
            return node


def _properties(schema: Schema) -> Sequence[str]:
    return list(schema.get("properties", {}))


def _name(path: KeyPath) -> str:
    """Return the last key, with its place in a list: `zones[2]`."""
    indexes = ""
    for part in reversed(path):
        if isinstance(part, str):
            return part + indexes
        indexes = f"[{part}]{indexes}"
    return indexes


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False) if value is not None else "empty"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _one_of(values: Sequence[object]) -> str:
    words = [str(value) for value in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _bounds(schema: Schema) -> str:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high = schema.get("maximum")
    start = f" from {_number(low)}" if low is not None else ""
    start = f" above {_number(above)}" if above is not None else start
    if high is None:
        return start
    joint = " to" if low is not None else (" and up to" if above is not None else " up to")
    return f"{start}{joint} {_number(high)}"


def _number(value: float) -> str:
    return f"{value:_}" if value >= _GROUPED else str(value)


def _text(schema: Schema) -> str:
    examples = schema.get("examples")
    if examples:
        return f"text such as {examples[0]}"
    if str(schema.get("format", "")).startswith("ipv4network"):
        return "a network such as 10.0.0.0/16"
    if schema.get("format") == "ipv4":
        return "an address such as 203.0.113.10"
    least, most = schema.get("minLength"), schema.get("maxLength")
    return f"text of {least} to {most} characters" if least and most else "text"
