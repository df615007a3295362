"""Lets a process group give way to everything else on this machine."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

LOW = 10


def give_way(process_id: int) -> None:
    """Lower the priority of a process that leads a session of its own, and of all it starts.

    In production Terraform runs on a runner of its own; here it would take the cores from the
    clients and the databases whose latencies are being measured. Linux weighs sessions against
    each other where autogroups are on, and processes where they are not. What the system does not
    allow is left as it is.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process_id, LOW)
    with suppress(OSError):
        Path(f"/proc/{process_id}/autogroup").write_text(f"{LOW}\n")
