"""reladiff on the same tables, with the best of some settings; in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.migration.verify.session import Side
from app.migration.verify.source import SiteSource

PROGRAM = Path("build/tools/reladiff/bin/reladiff")
# Threads, segments an iteration, rows below which it fetches and compares by itself.
SETTINGS = ((1, 32, 16_384), (4, 32, 50_000), (2, 128, 50_000))


class Reladiff:
    """Finds its best settings once; `compare` then runs with these."""

    def __init__(
        self, sources: Mapping[Side, SiteSource], *, table: str, columns: Sequence[str]
    ) -> None:
        self._sources = sources
        self._table = table
        self._columns = columns
        self._best = min(SETTINGS, key=self._seconds)

    @property
    def settings(self) -> str:
        """Promise the chosen settings in words."""
        threads, factor, threshold = self._best
        return f"threads {threads}, bisection factor {factor}, threshold {threshold}"

    def compare(self) -> None:
        """Run it; the tables must be equal."""
        self._run(self._best)

    def _seconds(self, settings: tuple[int, int, int]) -> float:
        begun = time.monotonic()
        self._run(settings)
        return time.monotonic() - begun

    def _run(self, settings: tuple[int, int, int]) -> None:
        threads, factor, threshold = settings
        command = [str(PROGRAM), "--run", "both", "--assume-unique-key", "--json"]
        command += ["-j", str(threads), "--bisection-factor", str(factor)]
        command += ["--bisection-threshold", str(threshold), "-k", "id"]
        for column in self._columns:
            command += ["-c", column]
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "reladiff.toml"
            file.touch(0o600)
            file.write_text(self._configuration())
            done = subprocess.run(
                [*command, "--conf", str(file)],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "PGSSLMODE": "require"},
            )
        if done.returncode or done.stdout.strip():
            raise RuntimeError(f"reladiff: {done.stdout[-500:]} {done.stderr[-500:]}")

    def _configuration(self) -> str:
        lines = []
        for side, source in self._sources.items():
            login = source.settings
            values = {
                "driver": "postgresql",
                "host": login.host,
                "port": login.port,
                "dbname": login.dbname,
                "user": login.user,
                "password": login.password.get_secret_value(),
            }
            lines += [f"[database.{side}]"]
            lines += [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        lines += ["[run.both]"]
        for number, side in enumerate(Side, start=1):
            lines += [
                f'{number}.database = "{side}"',
                f"{number}.table = {json.dumps(self._table)}",
            ]
        return "\n".join(lines)
