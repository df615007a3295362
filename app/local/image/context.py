"""What a build sees of a directory: everything but what `.dockerignore` leaves out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

_TOKENS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def copy_context(source: Path, target: Path, *, only: str) -> None:
    """Copy the file, or the directory, `only` of a build context; symbolic links stay out.

    FileNotFoundError when the context has no such thing: a build fails there too.
    """
    rules = _rules(source / ".dockerignore")
    found = source / only
    files = [found] if found.is_file() else sorted(found.rglob("*"))
    taken = [
        file
        for file in files
        if file.is_file()
        and not file.is_symlink()
        and not _left_out(file.relative_to(source).as_posix(), rules)
    ]
    if not taken:
        raise FileNotFoundError(only)
    for file in taken:
        place = target / (file.name if found.is_file() else file.relative_to(found))
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, place)


def _rules(ignore: Path) -> list[tuple[re.Pattern[str], bool]]:
    lines = (line.strip() for line in ignore.read_text(encoding="utf-8").splitlines())
    patterns = [line for line in lines if line and not line.startswith("#")]
    return [(_pattern(line.lstrip("!")), line.startswith("!")) for line in patterns]


def _pattern(line: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", line.strip("/"))
    # A pattern that matches a directory holds for all that is in it.
    return re.compile("".join(_TOKENS.get(one, re.escape(one)) for one in parts) + "(?:/.*)?")


def _left_out(path: str, rules: list[tuple[re.Pattern[str], bool]]) -> bool:
    """The last rule that matches decides."""
    verdicts = [not kept for pattern, kept in rules if pattern.fullmatch(path)]
    return bool(verdicts) and verdicts[-1]
