"""What workers print: metrics go to the cloud, other lines to a log file per function."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO

from app.local.runtime.metrics import MetricsSender

_FLUSH_SECONDS = 0.5


class Output:
    """Sorts the lines of all workers of one function."""

    def __init__(self, *, log: Path, metrics: MetricsSender) -> None:
        self._file: BinaryIO = log.open("ab")
        self._metrics = metrics
        self._flush: asyncio.TimerHandle | None = None

    async def read(self, stream: asyncio.StreamReader) -> None:
        """Sort lines until the stream ends."""
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # longer than the limit: the reader has dropped it
                line = b"(a line longer than 1 MiB was dropped)\n"
            if not line:
                return
            if b'"_aws"' in line and line.lstrip().startswith(b"{"):
                self._metrics.add(line.strip())
            else:
                self._write(line)

    def close(self) -> None:
        """Write what is buffered and close the file."""
        if self._flush is not None:
            self._flush.cancel()
        self._file.close()

    def _write(self, line: bytes) -> None:
        if self._file.closed:
            return
        self._file.write(line)
        if self._flush is None:
            loop = asyncio.get_running_loop()
            self._flush = loop.call_later(_FLUSH_SECONDS, self._flush_now)

    def _flush_now(self) -> None:
        self._flush = None
        if not self._file.closed:
            self._file.flush()
