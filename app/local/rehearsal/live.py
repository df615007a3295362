"""Live progress: a table that changes in place on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from app.local.rehearsal.load_process import LoadProcess
    from app.local.rehearsal.marks import Marks
    from app.local.rehearsal.observer import Observer

_LINE_EVERY_SECONDS = 5.0
_REFRESH_SECONDS = 0.5
_SLOW_MILLISECONDS = 300


class Display:
    """Shows phase, weights, requests, p95, errors, lag and writer until it is left."""

    def __init__(
        self, *, console: Console, marks: Marks, load: LoadProcess, observer: Observer
    ) -> None:
        self._console = console
        self._marks = marks
        self._load = load
        self._observer = observer
        self._ended = threading.Event()
        self._began = time.monotonic()
        follow = self._follow_table if console.is_terminal else self._follow_lines
        self._thread = threading.Thread(target=follow, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(timeout=5)

    def _follow_table(self) -> None:
        with Live(console=self._console, auto_refresh=False, transient=True) as live:
            while not self._ended.wait(_REFRESH_SECONDS):
                live.update(Group(self._table(), Text(self._marks.activity)), refresh=True)

    def _follow_lines(self) -> None:
        while not self._ended.wait(_LINE_EVERY_SECONDS):
            if self._load.running:
                cells = "  ".join(f"{name} {value}" for name, value, _ in self._cells())
                self._console.print(cells, highlight=False, soft_wrap=True)

    def _table(self) -> Table:
        table = Table(title="payshift rehearse", title_justify="left", expand=False)
        row: list[Text] = []
        for name, value, style in self._cells():
            table.add_column(name, justify="right", no_wrap=True)
            row.append(Text(value, style=style))
        table.add_row(*row)
        return table

    def _cells(self) -> list[tuple[str, str, str]]:
        """Return name, value and style of what is shown."""
        figures, cloud, database = self._load.figures, self._observer.cloud, self._observer.database
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        percent, lag = cloud.aws_percent, database.lag_seconds
        weights = "-" if percent is None else f"{100 - percent:.0f}/{percent:.0f}"
        slow = figures.p95 > _SLOW_MILLISECONDS
        return [
            ("time", f"{minutes}:{seconds:02d}", ""),
            ("phase", (cloud.phase or "-").removeprefix("phase-"), "bold"),
            ("legacy/aws %", weights, ""),
            ("sent", f"{figures.sent:,}", ""),
            ("req/s", f"{figures.rate:.0f}", ""),
            ("p95 ms", f"{figures.p95:.0f}", "yellow" if slow else ""),
            ("failed", str(figures.failed), "bold red" if figures.failed else "green"),
            ("lag s", "-" if lag is None else f"{lag:.2f}", ""),
            ("writer", database.writer or "nobody", "" if database.writer else "yellow"),
        ]
