"""Adds up the memory of every process that takes part in the rehearsal."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from app.local.rehearsal.samples import MemorySample


def sample_memory(pids: Iterable[int]) -> MemorySample:
    """Return the memory of these processes, this one, and all their descendants."""
    found: dict[int, psutil.Process] = {}
    for pid in {*pids, os.getpid()}:
        try:
            process = psutil.Process(pid)
            for one in (process, *process.children(recursive=True)):
                found[one.pid] = one
        except psutil.Error:
            continue
    return MemorySample(
        at=time.time(), bytes=sum(map(_bytes, found.values())), processes=len(found)
    )


def _bytes(process: psutil.Process) -> int:
    """Return the proportional share (Linux), else the resident size; 0 when it has just ended."""
    try:
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
