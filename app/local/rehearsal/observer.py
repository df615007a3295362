"""Watches the world from outside while the story runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from app.local.facts import LocalFacts
from app.local.rehearsal.databases import databases_of
from app.local.rehearsal.samples import CloudSample, DatabaseSample, MemorySample, SampleFile
from app.local.rehearsal.watch_cloud import CloudWatcher
from app.local.rehearsal.watch_databases import DatabaseWatcher
from app.local.rehearsal.watch_memory import sample_memory

_INTERVAL_SECONDS = 0.25
_MEMORY_INTERVAL_SECONDS = 2.0


class Observer:
    """Four samples a second of cloud and databases, each in its own thread; memory now and then.

    The newest sample of each kind is always at hand; all go to `file`.
    """

    def __init__(self, *, facts: LocalFacts, file: Path) -> None:
        self.cloud = CloudSample(at=0)
        self.database = DatabaseSample(at=0)
        self.memory = MemorySample(at=0, bytes=0, processes=0)
        self.cloud_changed_at = 0.0
        self.extra_pids: set[int] = set()
        self._pids = {process.pid for process in facts.processes}
        self._cloud_watcher = CloudWatcher(facts)
        self._database_watcher = DatabaseWatcher(databases_of(facts))
        self._file = SampleFile(file)
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(look, seconds), daemon=True)
            for look, seconds in (
                (self._look_at_cloud, _INTERVAL_SECONDS),
                (self._look_at_databases, _INTERVAL_SECONDS),
                (self._look_at_memory, _MEMORY_INTERVAL_SECONDS),
            )
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(timeout=10)
        self._database_watcher.close()
        self._file.close()

    def _repeat(self, look: Callable[[], None], seconds: float) -> None:
        while not self._ended.is_set():
            look()
            self._ended.wait(seconds)

    def _look_at_cloud(self) -> None:
        before, now = self.cloud, self._cloud_watcher.sample()
        if (before.aws_percent, before.phase) != (now.aws_percent, now.phase):
            self.cloud_changed_at = now.at
        self.cloud = now
        self._file.write(now)

    def _look_at_databases(self) -> None:
        self.database = self._database_watcher.sample()
        self._file.write(self.database)

    def _look_at_memory(self) -> None:
        self.memory = sample_memory(self._pids | self.extra_pids)
        self._file.write(self.memory)
