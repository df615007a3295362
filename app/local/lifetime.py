"""Makes a process end when the process that started it ends, even by SIGKILL."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1


def end_with_parent(*, parent: int, by: signal.Signals = signal.SIGKILL) -> None:
    """Arrange for a signal when `parent`, this process's parent, ends.

    On Linux the kernel does it. Elsewhere standard input must be a pipe that the parent holds
    open and never writes to: its end ends this process.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, by)
    else:
        threading.Thread(target=_end_at_end_of_input, daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _end_at_end_of_input() -> None:
    while os.read(0, 1024):
        pass
    os._exit(1)
