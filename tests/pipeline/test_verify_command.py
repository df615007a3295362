"""What `payshift verify` takes, and what it refuses before it connects anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import InputError
from app.migration.verify.options import Options
from app.migration.verify.source import plain_source
from app.pipeline.helpers import Helpers
from tests.pipeline.test_cli import payshift

DSN = "host=localhost dbname=payments password=hunter2"


def test_a_connection_string_on_the_command_line_is_refused(tmp_path: Path) -> None:
    ended = payshift(tmp_path, "verify", "--left", DSN, "--right", "other")
    assert ended.returncode == 2
    assert "every process" in ended.stderr
    assert "hunter2" not in ended.stderr + ended.stdout


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "left"
    file.write_text(DSN)
    file.chmod(0o644)
    with pytest.raises(InputError, match="can be read by others"):
        plain_source(str(file))
    file.chmod(0o600)
    assert plain_source(str(file)).name == "left"
    file.write_text("not a connection string, hunter2")
    with pytest.raises(InputError, match="holds no connection string") as refused:
        plain_source(str(file))
    assert "hunter2" not in str(refused.value)


def test_services_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    services = tmp_path / "services"
    services.write_text("[old]\nhost=localhost\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    assert plain_source("old").conninfo == "service=old"
    with pytest.raises(InputError, match="neither a file nor a service"):
        plain_source("new")


def test_one_side_alone_is_refused(tmp_path: Path) -> None:
    ended = payshift(tmp_path, "verify", "--left", "old")
    assert (ended.returncode, "only one side" in ended.stderr) == (2, True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--processes", "2", "--workers", "2"), "three ways of doing the same"),
        (("--processes", "2", "--distributed", "2"), "three ways of doing the same"),
        (("--distributed", "2"), "read the databases of that environment alone"),
    ],
)
def test_helpers_that_cannot_help_are_refused(
    tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    for side in ("left", "right"):
        (tmp_path / side).write_text("host=localhost dbname=payments")
        (tmp_path / side).chmod(0o600)
    sides = ("--left", str(tmp_path / "left"), "--right", str(tmp_path / "right"))
    ended = payshift(tmp_path, "verify", *sides, *more)
    assert (ended.returncode, said in ended.stderr) == (2, True), ended.stderr


def test_helpers_do_not_wait_for_replication_and_say_so() -> None:
    with pytest.raises(InputError, match="do not wait for the replication"):
        Helpers(processes=2).require_possible(Options(), target=None, waits=True)
