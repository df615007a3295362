"""A delivery gives way to clients and databases."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app.local.rehearsal.priority import LOW, give_way

PARENT = """
import subprocess, sys
sys.stdin.readline()
asks = "import os; print(os.getpriority(os.PRIO_PROCESS, 0))"
subprocess.run([sys.executable, "-c", asks])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of sessions are Linux's")
def test_what_a_process_starts_gives_way_too() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    give_way(parent.pid)
    said, _ = parent.communicate("go\n")
    assert int(said) == LOW
    assert os.getpriority(os.PRIO_PROCESS, 0) < LOW


def test_a_process_that_is_gone_is_no_error() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    ended.wait()
    give_way(ended.pid)
