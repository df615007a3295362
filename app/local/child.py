"""`python -m app.local.child PARENT MODULE …`: runs a module that never outlives its parent.

With `--interrupt` before the module it is interrupted instead of killed, and ends what it started.

The parent must start it from a thread that lives as long as the child shall: on Linux the kernel
looks at the end of that thread.
"""

from __future__ import annotations

import runpy
import signal
import sys

from app.local.lifetime import end_with_parent


def main() -> None:
    """Tie this process to its parent, then become the module."""
    parent, words = int(sys.argv[1]), sys.argv[2:]
    interrupted = words[0] == "--interrupt"
    end_with_parent(parent=parent, by=signal.SIGINT if interrupted else signal.SIGKILL)
    sys.argv = words[1:] if interrupted else words
    module = sys.argv[0]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
