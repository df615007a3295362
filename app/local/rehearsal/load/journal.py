"""Append-only files of the load process."""

from __future__ import annotations

import os
from typing import Self

from app.local.rehearsal.load.config import LoadConfig
from app.local.rehearsal.records import Acknowledgement, Draw, Request, line

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class Journal:
    """Acknowledgements reach the kernel before anyone hears of them; the rest once a second."""

    def __init__(self, config: LoadConfig) -> None:
        self._acknowledgements = os.open(config.acknowledgements_file, _FLAGS, 0o644)
        self._requests = config.requests_file.open("ab", buffering=1 << 18)
        self._draws = config.draws_file.open("ab", buffering=1 << 16)

    def acknowledged(self, record: Acknowledgement) -> None:
        """Write a promise with one system call: a killed process loses none."""
        os.write(self._acknowledgements, line(record))

    def requested(self, record: Request) -> None:
        """Note a finished request; a failed one at once, so its key is known after a kill."""
        self._requests.write(line(record))
        if record.error:
            self._requests.flush()

    def drew(self, record: Draw) -> None:
        """Note a DNS answer."""
        self._draws.write(line(record))

    def flush(self) -> None:
        """Hand everything to the kernel."""
        self._requests.flush()
        self._draws.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._requests.close()
        self._draws.close()
        os.close(self._acknowledgements)
