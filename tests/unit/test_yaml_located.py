"""YAML that is none, and what YAML 1.1 would silently have made of values."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.yaml_located import Position, parse_yaml, read_yaml
from app.errors import ConfigError

FILE = Path("phase-10.yaml")
MEND = "mend the YAML: `key: value` lines, indented with spaces; `: ` in quotes"


def refusal(content: bytes) -> tuple[int, int, str, str]:
    with pytest.raises(ConfigError) as error:
        parse_yaml(FILE, content)
    (problem,) = error.value.problems
    return problem.line, problem.column, problem.message, problem.remedy


def test_keys_and_values_know_their_line_and_column() -> None:
    found = parse_yaml(FILE, b"# first\na:\n  - 1\n  - b: two\n")
    assert found.data == {"a": [1, {"b": "two"}]}
    assert found.key(("a",)) == Position(2, 1)
    assert found.value(("a", 0)) == Position(3, 5)
    assert found.key(("a", 1, "b")) == Position(4, 5)
    assert found.value(("a", 1, "b")) == Position(4, 8)
    # What does not exist is placed at the nearest thing that does.
    assert found.value(("a", 1, "c", "d")) == Position(4, 5)


def test_scalars_follow_yaml_1_2() -> None:
    text = b"a: no\nb: 010\nc: 1:30\nd: 1_000\ne: 1e3\nf: -3\ng: ~\nh: 2026-01-01\ni: .5\nj: 0x1f\n"
    assert parse_yaml(FILE, text).data == {
        "a": "no", "b": "010", "c": "1:30", "d": "1_000", "e": 1000.0,
        "f": -3, "g": None, "h": "2026-01-01", "i": 0.5, "j": "0x1f",
    }  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# only a comment\n", b"---\n...\n"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    line, column, message, remedy = refusal(content)
    assert (message, remedy) == ("phase-10.yaml is empty", "fill it, or delete the file")
    assert (line, column) == (1, 1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: [1\n", (2, 1, "this is not YAML: expected ',' or ']', but got '<stream end>'", MEND)),
        (b"a: 1\n\tb: 2\n",
         (2, 1, "this is not YAML: found character '\\t' that cannot start any token", MEND)),
        (b"a: 1\n---\nb: 2\n", (2, 1, "this is not YAML: but found another document", MEND)),
        (b"a: &x 1\nb: *x\n", (2, 4, "this is not YAML: aliases are not read", MEND)),
        (b"a: \x01\n", (1, 1, "this is not YAML: special characters are not allowed", MEND)),
        (b"a: 1\nb: \xff\n", (2, 4, "byte 0xff is not UTF-8 text", "save the file as UTF-8")),
        (b"a: 1\na: 2\n",
         (2, 1, "a is written twice; the first is in line 1", "keep one of them")),
        (b"? [1]\n: 2\n", (1, 3, "a key must be a word", "write key: value")),
        (b"a: !!python/name:os.system x\n",
         (1, 4, "the tag tag:yaml.org,2002:python/name:os.system is not read",
          "write a plain value")),
        (b"a: " + b"[" * 60 + b"]" * 60, (1, 44, "this is nested too deeply", "write it flat")),
        (b"a: " + b"[" * 9000, (1, 1, "this file is nested too deeply", "write it flat")),
    ],
)  # fmt: skip
def test_what_is_not_plain_yaml_is_located(
    content: bytes, expected: tuple[int, int, str, str]
) -> None:
    assert refusal(content) == expected


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_yaml(FILE, b"\xef\xbb\xbfa: 1\n").data == {"a": 1}


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"live\.yaml is missing"):
        read_yaml(tmp_path / "live.yaml")
