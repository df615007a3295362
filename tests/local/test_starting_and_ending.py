from __future__ import annotations

import signal
from pathlib import Path

import psutil
import pytest

from tests.local.starting import (
    Starting,
    assert_nothing_is_left,
    payshift,
    places,
    processes,
)

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture
def local(tmp_path: Path) -> Path:
    return tmp_path / "local"


def _named(local: Path, words: str) -> psutil.Process:
    outside = places(local)
    return next(
        one for one in processes(local, outside=outside) if any(words in w for w in one.cmdline())
    )


def test_ctrl_c_while_starting_leaves_no_process_and_no_directory(local: Path) -> None:
    starting = Starting(local)
    starting.until("AWS API at")
    outside = places(local)
    starting.process.send_signal(signal.SIGINT)
    code, said = starting.end()
    assert (code, said.splitlines()[-1]) == (130, "interrupted")
    assert_nothing_is_left(local, outside)


def test_a_starter_that_is_killed_takes_everything_with_it(local: Path) -> None:
    starting = Starting(local)
    starting.until("AWS API at")
    outside = places(local)
    starting.process.kill()
    starting.process.wait()
    assert_nothing_is_left(local, outside)


def test_a_supervisor_that_is_killed_is_reported_and_leaves_nothing(local: Path) -> None:
    starting = Starting(local)
    starting.until("AWS API at")
    outside = places(local)
    _named(local, "app.local.supervisor").kill()
    code, said = starting.end()
    assert code == 3
    assert "the supervisor of the local environment ended with -9" in said
    assert "start it again" in said
    assert_nothing_is_left(local, outside)


@pytest.mark.parametrize(
    ("program", "message"),
    [("/bin/postgres", "the legacy database ended"), ("app.local.cloud", "cloud ended with -9")],
)
def test_a_part_that_dies_while_starting_ends_everything_with_one_message(
    local: Path, program: str, message: str
) -> None:
    # What is seeded and copied is over by then; few rows are as good as many.
    starting = Starting(local, rows=2_000)
    starting.until("replication: streaming")
    starting.until("target:")
    outside = places(local)
    victims = [one for one in processes(local, outside=outside) if program in _words(one)]
    legacy = [one for one in victims if "legacy" in _words(one)] or victims
    for one in legacy:
        if "watchdog" not in _words(one):
            one.kill()
    code, said = starting.end()
    assert code == 3
    assert said.count("error: ") == 1, said
    assert message in said
    assert_nothing_is_left(local, outside)


def test_a_missing_terraform_is_said_before_anything_is_started(local: Path) -> None:
    done = payshift("local", "up", "--rows", "1000", local=local, extra={"PATH": "/nonexistent"})
    assert done.returncode == 3
    assert "Terraform" in done.stderr
    assert "1.11" in done.stderr
    assert_nothing_is_left(local, [])


def test_a_directory_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a directory")
    done = payshift("local", "up", "--rows", "1000", local=file / "local")
    assert done.returncode == 3
    assert "unexpected" not in done.stderr
    assert str(file) in done.stderr


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
