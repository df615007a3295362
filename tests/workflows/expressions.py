"""GitHub's expressions, as far as our workflows use them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Context = Mapping[str, Any]
_INSIDE = re.compile(r"\$\{\{(.*?)\}\}")
_COMPARISON = re.compile(r"(\S+)\s*(==|!=)\s*(\S+)")


def filled(text: str, context: Context) -> str:
    """Fill in every `${{ … }}`."""
    return _INSIDE.sub(lambda found: str(_value(found[1].strip(), context)), text)


def holds(condition: str, context: Context, *, failed: bool) -> bool:
    """Judge an `if`: comparisons joined by &&; without failure() nothing runs after a failure."""
    parts = [part.strip() for part in condition.split("&&")] if condition else []
    wants_failure = "failure()" in parts
    comparisons = [part for part in parts if part != "failure()"]
    return wants_failure == failed and all(_compare(part, context) for part in comparisons)


def _compare(part: str, context: Context) -> bool:
    found = _COMPARISON.fullmatch(part)
    assert found, f"this emulator does not understand `{part}`"
    equal = bool(_value(found[1], context) == _value(found[3], context))
    return equal is (found[2] == "==")


def _value(word: str, context: Context) -> Any:
    """Look a dotted name up; what is not there is empty, as at GitHub."""
    if word.startswith("'"):
        return word.strip("'")
    found: Any = context
    for name in word.split("."):
        found = found.get(name, "") if isinstance(found, Mapping) else ""
    return found
