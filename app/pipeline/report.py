"""How commands speak: results on stdout, progress and errors on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from app.errors import ConfigError, PayshiftError

Progress = Callable[[str], None]
"""Takes one line about what is going on."""


def silent(_line: str) -> None:
    """Take a line of progress and drop it."""


def say(line: str) -> None:
    """Take a line of progress and show it on stderr at once, so that --json stays clean."""
    print(line, file=sys.stderr, flush=True)


def show(*, as_json: bool, data: Any, lines: Sequence[str]) -> None:  # noqa: ANN401  # anything that JSON can hold
    """Print a result: `data` for programs, `lines` for people."""
    text = json.dumps(data, indent=2, ensure_ascii=False) if as_json else "\n".join(lines)
    print(text, flush=True)


def show_error(error: PayshiftError, *, as_json: bool) -> None:
    """Print message and remedy on stderr; for programs also as JSON on stdout."""
    print(f"error: {error}", file=sys.stderr, flush=True)
    if as_json:
        print(json.dumps({"error": error_record(error)}, indent=2, ensure_ascii=False), flush=True)


def error_record(error: PayshiftError) -> dict[str, Any]:
    """Describe an error for programs."""
    record: dict[str, Any] = {
        "kind": type(error).__name__,
        "message": error.message,
        "remedy": error.remedy,
        "exit_code": error.exit_code,
    }
    if isinstance(error, ConfigError):
        record["problems"] = [
            {
                "file": str(problem.file),
                "line": problem.line,
                "column": problem.column,
                "message": problem.message,
                "remedy": problem.remedy,
            }
            for problem in error.problems
        ]
    return record
