"""An AWS API of one's own: moto keeps one world a process, so each one gets a process."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ADDRESS = re.compile(r"Running on (http://127\.0\.0\.1:\d+)")


@contextmanager
def aws_api() -> Iterator[str]:
    """Start moto on a free port, give its address, and end it with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = []
    try:
        for line in process.stderr:
            said.append(line)
            if found := _ADDRESS.search(line):
                break
        else:
            raise AssertionError("moto did not start: " + "".join(said))
        # Its requests are of no interest, and a full pipe would stop it.
        drain = threading.Thread(target=_read_all, args=(process.stderr,), daemon=True)
        drain.start()
        yield found[1]
    finally:
        process.terminate()
        process.wait(timeout=30)


def variables_for(endpoint: str) -> dict[str, str]:
    """Return what a process needs in its environment to reach an AWS API of ours."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-2",
        "AWS_DEFAULT_REGION": "us-east-2",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _read_all(lines: Iterator[str]) -> None:
    for _ in lines:
        pass
