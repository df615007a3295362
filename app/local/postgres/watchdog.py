"""Run a server, and end it when the process that started this one dies, however it dies.

A program of its own: `python -I -S watchdog.py UID GID LOG [--remove DIR]… -- COMMAND…`. Its
standard input is a pipe that the starter holds open and never writes to; the kernel closes it
even after kill -9. It prints the server's process id on one line and ends with its exit code.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from typing import NoReturn

GRACE_SECONDS = 5.0


def main() -> NoReturn:
    """Start the command line's server and wait for its end or for the starter's."""
    own, command = sys.argv[1 : sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1 :]
    uid, gid, log = int(own[0]), int(own[1]), own[2]
    remove = [value for flag, value in zip(own[3::2], own[4::2], strict=True) if flag == "--remove"]
    with open(log, "ab") as output:  # noqa: PTH123 - the program starts faster without pathlib
        server = subprocess.Popen(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **({} if uid < 0 else {"user": uid, "group": gid, "extra_groups": []}),  # type: ignore[call-overload]  # the keys are fixed
        )
    print(server.pid, flush=True)
    signal.signal(signal.SIGTERM, lambda *_: os.close(0))
    orphaned = threading.Event()
    threading.Thread(target=_exit_with, args=(server, orphaned), daemon=True).start()
    try:
        while os.read(0, 1):
            pass
    except OSError:
        pass
    orphaned.set()
    _end(server)
    for directory in remove:
        shutil.rmtree(directory, ignore_errors=True)
    os._exit(1)


def _exit_with(server: subprocess.Popen[bytes], orphaned: threading.Event) -> None:
    code = server.wait()
    if not orphaned.is_set():
        os._exit(code & 0xFF)


def _end(server: subprocess.Popen[bytes]) -> None:
    """Shut down at once (SIGQUIT ends all of the server's own processes), then by force."""
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(timeout=GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()


if __name__ == "__main__":
    main()
