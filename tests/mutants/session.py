"""Runs cosmic-ray over a group, in a copy of the repository: it changes files while it works."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutants.groups import Group
from tests.mutants.warm import warm

ROOT = Path(__file__).parents[2]
_NOT_COPIED = (".git", ".venv", "build", "cdktf.out", "node_modules", "__pycache__", ".*_cache")
# cosmic-ray wants a limit; `warm` ends a loop without an end long before.
_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed line, and what became of it: `killed`, `survived` or `incompetent`."""

    module: str
    operator: str
    number: int
    before: str
    after: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Session:
    """A group's session below `place`, in a directory of its own that is made anew."""

    name: str
    group: Group
    tool: Path
    place: Path

    def run(self) -> list[Mutant]:
        """Make every mutant of the group as the repository is now, and return what became of it."""
        shutil.rmtree(self._tree.parent, ignore_errors=True)
        shutil.copytree(ROOT, self._tree, ignore=shutil.ignore_patterns(*_NOT_COPIED))
        with warm(self._tree, self.group.tests) as tests:
            self._settings.write_text(self._toml(tests), encoding="utf-8")
            self._cosmic_ray("init", self._settings, self._database)
            self._run(self.tool.with_name("cr-filter-operators"), self._database, self._settings)
            # Before and after: where the tests fail without a mutant, each would count as killed.
            self._cosmic_ray("baseline", self._settings)
            self._cosmic_ray("exec", self._settings, self._database)
            self._cosmic_ray("baseline", self._settings)
        return list(self._outcomes())

    def _outcomes(self) -> Iterator[Mutant]:
        said = self._cosmic_ray("dump", self._database)
        for line in said.splitlines():
            item, result = json.loads(line)
            if result and result["worker_outcome"] != "skipped":
                (mutation,) = item["mutations"]
                yield _mutant(mutation, result)

    def _toml(self, tests: str) -> str:
        return "\n".join(
            (
                "[cosmic-ray]",
                f"module-path = {json.dumps(self.group.modules)}",
                f"timeout = {_SECONDS}",
                "excluded-modules = []",
                f"test-command = {json.dumps(tests)}",
                "[cosmic-ray.distributor]",
                'name = "local"',
                "[cosmic-ray.filters.operators-filter]",
                f"exclude-operators = {json.dumps(self.group.left_out)}",
                "",
            )
        )

    @property
    def _tree(self) -> Path:
        return self.place / self.name / "tree"

    @property
    def _settings(self) -> Path:
        return self.place / self.name / "cosmic-ray.toml"

    @property
    def _database(self) -> Path:
        return self.place / self.name / "session.sqlite"

    def _cosmic_ray(self, *words: str | Path) -> str:
        return self._run(self.tool, *words)

    def _run(self, *words: str | Path) -> str:
        ended = subprocess.run(
            [str(word) for word in words],
            cwd=self._tree,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise SystemExit(f"{shlex.join(map(str, words))} failed:\n{ended.stdout[-3_000:]}")
        return ended.stdout


def _mutant(mutation: dict[str, Any], result: dict[str, Any]) -> Mutant:
    diff = (result["diff"] or "").splitlines()
    return Mutant(
        module=str(mutation["module_path"]),
        operator=str(mutation["operator_name"]).removeprefix("core/"),
        number=int(mutation["start_pos"][0]),
        before=_changed(diff, "-"),
        after=_changed(diff, "+"),
        outcome=str(result["test_outcome"]),
    )


def _changed(diff: Sequence[str], mark: str) -> str:
    """Return the changed line of a unified diff without its indent."""
    lines = [line[1:].strip() for line in diff if line.startswith(mark)]
    return " ".join(line for line in lines if line and not line.startswith(mark * 2))
