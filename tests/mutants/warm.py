"""A process that has loaded what tests need beside our own code, and runs them in copies of itself.

Starting Python and pytest takes a second, running these tests a tenth of one. Whoever connects to
its port is sent the exit code of one run, of the files as they are then.
"""

from __future__ import annotations

import os
import resource
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

_OURS = ("app", "tests")
# What takes longer is a loop without an end: five are enough, however busy the machine is.
_CPU_SECONDS = 12
_OPTIONS = ("-x", "-q", "--tb=no", "-p", "timeout", "-p", "asyncio", "-p", "no:cacheprovider")


@contextmanager
def warm(tree: Path, tests: Sequence[str]) -> Iterator[str]:
    """Keep such a process for a tree; give the shell command that ends as the tests do."""
    command = [sys.executable, "-m", __name__, *tests]
    variables = {"PYTHONPATH": str(tree), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with subprocess.Popen(
        command, cwd=tree, env=os.environ | variables, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            asking = f"exec 3<>/dev/tcp/127.0.0.1/{port}; read -r code <&3; exit $code"
            yield shlex.join(("bash", "-c", asking))
        finally:
            server.terminate()


def _serve(tests: Sequence[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, sys.stdout.fileno())
        os.dup2(quiet, sys.stderr.fileno())
        pytest.main([*_OPTIONS, "--collect-only", *tests])
        # No copy may leave a mutant's bytecode behind.
        sys.dont_write_bytecode = True
        # Ours is read anew in each copy: there it is mutated.
        for name in [one for one in sys.modules if one.partition(".")[0] in _OURS]:
            del sys.modules[name]
        while True:
            asking, _ = listening.accept()
            with asking:
                asking.sendall(f"{_run(tests)}\n".encode())


def _run(tests: Sequence[str]) -> int:
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        os._exit(pytest.main([*_OPTIONS, *tests]))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 1


if __name__ == "__main__":
    _serve(sys.argv[1:])
