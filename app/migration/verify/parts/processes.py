"""Reads parts in processes of this machine: more than one core for what comes back."""

from __future__ import annotations

import signal
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from app.errors import WorldError
from app.migration.verify.parts.reading import read_part

if TYPE_CHECKING:
    from app.migration.verify.parts.part import Part, PartSums
    from app.migration.verify.session import Side
    from app.migration.verify.source import Source


class Processes:
    """A carrier; logins go to its processes through a pipe, never through arguments or files."""

    def __init__(self, sources: Mapping[Side, Source], *, workers: int) -> None:
        self._sources = dict(sources)
        self.workers = workers

    def carry(self, parts: Sequence[Part]) -> Generator[PartSums]:
        """Give the sums as they come; the processes end with the generator."""
        others = set(active_children())
        with ProcessPoolExecutor(
            self.workers, mp_context=get_context("spawn"), initializer=_leave_interrupts
        ) as pool:
            waiting = [pool.submit(read_part, part, self._sources) for part in parts]
            try:
                for one in as_completed(waiting):
                    yield one.result()
            except BrokenProcessPool as error:
                raise WorldError(
                    "a process that read a part was ended", remedy="run it again, with fewer"
                ) from error
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                _end(set(active_children()) - others)
                raise


def _end(children: set[BaseProcess]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        child.join()


def _leave_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal; whoever started this one ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
