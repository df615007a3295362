"""YAML that remembers where each key and value stands.

Scalars follow the YAML 1.2 core schema, so `no`, `010` and `1:30` are not silently turned into
something else, and aliases, tags and duplicate keys are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.config.base import KeyPath
from app.errors import ConfigError, InputError, Problem

_TAG = "tag:yaml.org,2002:"
_MAXIMUM_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Position:
    """Line and column, both counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Located:
    """A YAML file as plain data, with the position of every key and value."""

    file: Path
    data: object = None
    keys: dict[KeyPath, Position] = field(default_factory=dict)
    values: dict[KeyPath, Position] = field(default_factory=dict)

    def value(self, path: KeyPath) -> Position:
        """Where the value at `path` stands, or the nearest thing around it that exists."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Position(1, 1))

    def key(self, path: KeyPath) -> Position:
        """Where the key at `path` stands, or the nearest value around it."""
        return self.keys.get(path) or self.value(path)

    def problem(self, path: KeyPath, message: str, *, remedy: str, at_key: bool = False) -> Problem:
        """Build a problem that points at the value (or the key) at `path`."""
        position = self.key(path) if at_key else self.value(path)
        return Problem(self.file, position.line, position.column, message, remedy)


def read_yaml(file: Path) -> Located:
    """Read one YAML document. ConfigError when it is missing, not UTF-8, not YAML or empty."""
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        message, remedy = f"{file.name} is missing", f"create {file}"
        raise ConfigError((Problem(file, 1, 1, message, remedy),)) from error
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise InputError(message, remedy="make it a readable file") from error
    return parse_yaml(file, content)


def parse_yaml(file: Path, content: bytes) -> Located:
    """Read one YAML document from `content`; `file` is only named in problems."""
    text = _decode(file, content)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ConfigError((_syntax_problem(file, error),)) from error
    except RecursionError as error:
        message = "this file is nested too deeply"
        raise ConfigError((Problem(file, 1, 1, message, "write it flat"),)) from error
    located = Located(file)
    problems: list[Problem] = []
    located.data = None if node is None else _convert(node, (), located, problems)
    if located.data is None and not problems:
        message, remedy = f"{file.name} is empty", "fill it, or delete the file"
        problems.append(Problem(file, 1, 1, message, remedy))
    if problems:
        raise ConfigError(tuple(problems))
    return located


def _decode(file: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        message = f"byte 0x{content[error.start]:02x} is not UTF-8 text"
        problem = Problem(file, line, column, message, "save the file as UTF-8")
        raise ConfigError((problem,)) from error


class _Loader(yaml.SafeLoader):
    """Composes nodes with the scalar rules of YAML 1.2 and without aliases."""

    def compose_node(self, parent: Node | None, index: object) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_event().start_mark  # type: ignore[no-untyped-call]  # as in the stubs
            raise yaml.MarkedYAMLError(problem="aliases are not read", problem_mark=mark)
        return super().compose_node(parent, index)  # type: ignore[arg-type]  # stub says int


_Loader.yaml_implicit_resolvers = {}
for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?",
        list("-+.0123456789"),
    ),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})$"), _first)


def _convert(node: Node, path: KeyPath, located: Located, problems: list[Problem]) -> object:
    located.values[path] = _position(node)
    if len(path) > _MAXIMUM_DEPTH:
        problems.append(located.problem(path, "this is nested too deeply", remedy="write it flat"))
        return None
    if isinstance(node, MappingNode) and node.tag == _TAG + "map":
        return _convert_mapping(node, path, located, problems)
    if isinstance(node, SequenceNode) and node.tag == _TAG + "seq":
        return [_convert(item, (*path, i), located, problems) for i, item in enumerate(node.value)]
    if isinstance(node, ScalarNode) and node.tag in _SCALARS:
        return _SCALARS[node.tag](node.value)
    message = f"the tag {node.tag} is not read"
    problems.append(located.problem(path, message, remedy="write a plain value"))
    return None


def _convert_mapping(
    node: MappingNode, path: KeyPath, located: Located, problems: list[Problem]
) -> dict[str, object]:
    result: dict[str, object] = {}
    for key_node, value_node in node.value:
        position = _position(key_node)
        if not isinstance(key_node, ScalarNode):
            message, remedy = "a key must be a word", "write key: value"
            problems.append(Problem(located.file, position.line, position.column, message, remedy))
            continue
        key = str(key_node.value)
        if key in result:
            first = located.keys[(*path, key)]
            message = f"{key} is written twice; the first is in line {first.line}"
            remedy = "keep one of them"
            problems.append(Problem(located.file, position.line, position.column, message, remedy))
            continue
        located.keys[(*path, key)] = position
        result[key] = _convert(value_node, (*path, key), located, problems)
    return result


_SCALARS: dict[str, Callable[[str], object]] = {
    _TAG + "null": lambda _text: None,
    _TAG + "bool": lambda text: text.lower() == "true",
    _TAG + "int": int,
    _TAG + "float": float,
    _TAG + "str": str,
}


def _position(node: Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def _syntax_problem(file: Path, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    remedy = "mend the YAML: `key: value` lines, indented with spaces; `: ` in quotes"
    return Problem(file, line, column, f"this is not YAML: {what}", remedy)
