"""A comparison that was interrupted goes on where it was, and misses nothing that changed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.errors import InputError
from app.migration.verify.comparison import compare
from app.migration.verify.options import Options
from app.migration.verify.report import Kind, Report
from app.migration.verify.session import Side
from app.migration.verify.watching import Silent
from tests.migration.verify.conftest import Servers, Sources

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
# Half of every page is free: a row that is changed stays in its page.
TABLE = "CREATE TABLE s.b (id uuid PRIMARY KEY, v text) WITH (fillfactor = 50)"
ROWS = "INSERT INTO s.b SELECT md5(n::text)::uuid, repeat('x', 90) FROM generate_series(1, 6000) n"


class Interrupted(Silent):
    """Ends the comparison after so many parts."""

    def __init__(self, *, after: int) -> None:
        self.left = after

    def before(self, side: Side) -> None:  # noqa: ARG002 - the shape of an observer
        """Raise when the parts are used up."""
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1


@pytest.fixture
def tables(empty: Servers) -> Servers:
    for server in empty.values():
        server.execute("CREATE TABLE s.a (id int PRIMARY KEY)")
        server.execute("INSERT INTO s.a VALUES (1)")
        server.execute(TABLE)
        server.execute(ROWS)
    return empty


def interrupt(sources: Sources, checkpoint: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(sources, checkpoint, observer=Interrupted(after=8))


def run(sources: Sources, checkpoint: Path, *, observer: Silent | None = None) -> Report:
    options = Options(schemas=("s",), pages_a_chunk=30)
    return compare(sources, options=options, observer=observer, checkpoint=checkpoint)


@pytest.fixture(autouse=True)
def saved_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.migration.verify.checkpoint.SAVE_EVERY_SECONDS", 0.0)


def notes(report: Report) -> Mapping[str, tuple[str, ...]]:
    return {table.name: table.notes for table in report.tables}


def test_what_was_done_is_not_done_again(tables: Servers, sources: Sources, tmp_path: Path) -> None:
    assert tables
    checkpoint = tmp_path / "verify.json"
    interrupt(sources, checkpoint)
    assert checkpoint.stat().st_mode & 0o777 == 0o600
    done = len(json.loads(checkpoint.read_text())["partial"]["done"])
    report = run(sources, checkpoint)
    assert report.equal
    assert notes(report)["s.a"] == ("found equal by an earlier run that was interrupted",)
    (note,) = notes(report)["s.b"]
    assert note.startswith(f"{done} of ")
    assert report.tables[1].rows == {Side.LEFT: 6000, Side.RIGHT: 6000}
    assert not checkpoint.exists()


def test_rows_that_changed_where_it_had_been_are_seen(
    tables: Servers, sources: Sources, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "verify.json"
    interrupt(sources, checkpoint)
    for side, value in ((Side.LEFT, "left"), (Side.RIGHT, "right")):
        tables[side].execute("UPDATE s.b SET v = %s WHERE id = md5('1')::uuid", [value])
        place = tables[side].execute("SELECT ctid::text FROM s.b WHERE v = %s", [value]).fetchone()
        # fact: the row lies in the first part, which has been read on both sides
        assert place
        assert place[0].startswith("(0,")
    report = run(sources, checkpoint)
    assert notes(report)["s.b"]
    (difference,) = report.tables[1].differences
    assert difference.kind is Kind.CHANGED


def test_a_table_that_was_written_anew_is_read_anew(
    tables: Servers, sources: Sources, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "verify.json"
    interrupt(sources, checkpoint)
    tables[Side.RIGHT].execute("VACUUM FULL s.b")
    report = run(sources, checkpoint)
    assert report.equal
    assert notes(report)["s.b"] == ()


def test_a_checkpoint_of_another_comparison_is_refused(
    tables: Servers, sources: Sources, tmp_path: Path
) -> None:
    assert tables
    checkpoint = tmp_path / "verify.json"
    interrupt(sources, checkpoint)
    with pytest.raises(InputError, match="belongs to another comparison"):
        compare(sources, options=Options(schemas=("s",), tables=("a",)), checkpoint=checkpoint)
    checkpoint.write_text("{")
    with pytest.raises(InputError, match="is not a checkpoint"):
        run(sources, checkpoint)


def test_a_killed_command_goes_on(tables: Servers, sources: Sources, tmp_path: Path) -> None:
    checkpoint = tmp_path / "verify.json"
    command = [sys.executable, "-m", "app.pipeline.cli", "verify", "--json"]
    command += ["--schema", "s", "--checkpoint", str(checkpoint)]
    for side, source in sources.items():
        file = tmp_path / f"{side}.dsn"
        file.touch(0o600)
        file.write_text(source.settings.conninfo())
        command += [f"--{side}", str(file)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    slow = subprocess.Popen([*command, "--max-rate", "0.2"], cwd=tmp_path, env=environment)
    try:
        end = time.monotonic() + 60
        while not (checkpoint.exists() and '"done":[{' in checkpoint.read_text()):
            assert time.monotonic() < end
            time.sleep(0.02)
    finally:
        slow.send_signal(signal.SIGKILL)
        slow.wait()
    tables[Side.RIGHT].execute("DELETE FROM s.b WHERE id = md5('6000')::uuid")
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1, ended.stderr
    found = {table["table"]: table for table in json.loads(ended.stdout)["rows"]["tables"]}
    assert found["s.a"]["notes"] == ["found equal by an earlier run that was interrupted"]
    assert "were read by an earlier run" in found["s.b"]["notes"][0]
    (difference,) = found["s.b"]["differences"]
    assert difference["kind"] == "missing"
