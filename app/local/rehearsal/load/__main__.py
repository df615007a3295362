"""The load as a process of its own: `python -m app.local.rehearsal.load --config FILE`.

Prints one JSON line of figures a second. SIGTERM or SIGINT ends it after the requests in flight.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from app.local.lifetime import end_with_parent
from app.local.rehearsal.load.config import LoadConfig
from app.local.rehearsal.load.figures import Figures
from app.local.rehearsal.load.generator import Generator
from app.local.rehearsal.load.journal import Journal


def _print(figures: Figures) -> None:
    sys.stdout.write(figures.model_dump_json() + "\n")
    sys.stdout.flush()


async def _run(config: LoadConfig) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with Journal(config) as journal:
        await Generator(config, journal=journal, show=_print).run(stop)


def main() -> None:
    """Read the settings and pay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--parent", type=int, help="end when this process, the parent, ends")
    options = parser.parse_args()
    if options.parent is not None:
        end_with_parent(parent=options.parent)
    asyncio.run(_run(LoadConfig.model_validate_json(options.config.read_bytes())))


if __name__ == "__main__":
    main()
