"""`python -m app.local.supervisor ROOT ROWS PART`: starts the local environment and keeps it.

Tells its starter how it goes, one JSON object a line: `{"progress": …}`, then `{"ready": true}`
or `{"failed": …, "remedy": …}`. When nobody reads any more before it is ready, the starter is
gone, and it ends. Ends on SIGTERM and SIGINT, or when a part dies; it stops every part and
removes the directory. PART is `smallest` or `whole`: how much of the target is applied.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path

from app.errors import LocalEnvironmentFailed, PayshiftError
from app.local.environment import LocalEnvironment
from app.local.layout import Layout
from app.local.ownership import owned

_LOOK_SECONDS = 0.5


def main() -> int:
    """Run until the end; the exit code is 0 after an ordered end."""
    layout, rows, whole = Layout(Path(sys.argv[1])), int(sys.argv[2]), sys.argv[3] == "whole"
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def tell(**event: object) -> None:
        try:
            print(json.dumps(event), flush=True)
        except OSError:
            stop.set()

    try:
        environment = LocalEnvironment(layout=layout, rows=rows, stop=stop, whole_target=whole)
        with owned(layout.lock), environment as running:
            running.start(progress=lambda text: tell(progress=text))
            if stop.is_set():
                return 1
            tell(ready=True)
            _let_go_of_the_starter()
            return _watch(running, stop, layout)
    except PayshiftError as error:
        tell(failed=error.message, remedy=error.remedy)
        return error.exit_code
    except OSError as error:
        tell(failed=f"the machine refused: {error}", remedy="is the disk full, or not writable?")
        return LocalEnvironmentFailed.exit_code


def _watch(running: LocalEnvironment, stop: threading.Event, layout: Layout) -> int:
    while not stop.wait(_LOOK_SECONDS):
        complaint = running.dead_part()
        if complaint is not None:
            layout.last_words.write_text(complaint + "\n")
            return 3
    return 0


def _let_go_of_the_starter() -> None:
    """Nobody reads from here on: what would be printed goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
