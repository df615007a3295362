"""Limits on load and lines of progress, by a clock that the test turns."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.migration.verify import pace, progress
from app.migration.verify.pace import Pace
from app.migration.verify.progress import Progress
from app.migration.verify.session import Side
from app.migration.verify.watching import Silent

MEGABYTE_OF_PAGES = 128
PAGES = {Side.LEFT: 10 * MEGABYTE_OF_PAGES, Side.RIGHT: 10 * MEGABYTE_OF_PAGES}


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass, and remember how much."""
        self.slept.append(round(seconds, 6))
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    turned = SimpleNamespace(monotonic=made.monotonic, sleep=made.sleep)
    monkeypatch.setattr(pace, "time", turned)
    monkeypatch.setattr(progress, "time", turned)
    return made


def test_each_side_is_read_no_faster_than_the_rate(clock: Clock) -> None:
    limited = Pace(Silent(), most_bytes=2**20, lags=None)
    limited.begin(PAGES)
    began = clock.now
    for _ in range(5):
        limited.before(Side.LEFT)
        limited.read("t", Side.LEFT, MEGABYTE_OF_PAGES)
    limited.before(Side.LEFT)
    assert clock.now - began == 5.0
    limited.before(Side.RIGHT)
    # fact: the other side is not held back by what this one has read
    assert clock.now - began == 5.0


def test_time_that_was_lost_is_not_caught_up_with(clock: Clock) -> None:
    limited = Pace(Silent(), most_bytes=2**20, lags=None)
    limited.begin(PAGES)
    limited.before(Side.LEFT)
    clock.now += 100.0  # a chunk that took that long
    limited.read("t", Side.LEFT, MEGABYTE_OF_PAGES)
    limited.before(Side.LEFT)
    limited.read("t", Side.LEFT, MEGABYTE_OF_PAGES)
    limited.before(Side.LEFT)
    assert sum(clock.slept) == 1.0


def test_nothing_is_read_while_replication_is_behind(clock: Clock) -> None:
    answers = [True, True, True, False, False]
    careful = Pace(Silent(), most_bytes=None, lags=lambda: answers.pop(0))
    careful.begin(PAGES)
    careful.before(Side.LEFT)
    assert clock.slept == [0.0, 0.5, 1.0, 2.0]
    careful.before(Side.RIGHT)
    # fact: replication is asked once a second, not before every part
    assert answers == [False]
    clock.now += 1.0
    careful.before(Side.RIGHT)
    assert answers == []


def test_the_pauses_of_a_replication_that_stays_behind_stop_growing(clock: Clock) -> None:
    answers = [True] * 9 + [False]
    careful = Pace(Silent(), most_bytes=None, lags=lambda: answers.pop(0))
    careful.begin(PAGES)
    careful.before(Side.LEFT)
    assert clock.slept == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_progress_tells_share_rate_and_what_is_left(clock: Clock) -> None:
    said: list[str] = []
    shown = Progress(said.append)
    shown.begin(PAGES)
    clock.now += 4.0
    shown.read("payments.payment", Side.LEFT, MEGABYTE_OF_PAGES)
    assert said == []
    clock.now += 6.0
    shown.read("payments.payment", Side.RIGHT, 4 * MEGABYTE_OF_PAGES)
    assert said == ["payments.payment: 25%, 1 MB/s, 30 s left"]
    clock.now += 4000.0
    shown.read("payments.payment", Side.RIGHT, 0)
    assert said[1:] == ["payments.payment: 25%, 0 MB/s, 3 h 20 min left"]


def test_a_line_is_said_every_five_seconds(clock: Clock) -> None:
    said: list[str] = []
    shown = Progress(said.append)
    shown.begin({Side.LEFT: 2, Side.RIGHT: 2})
    for seconds in (4.999, 0.001, 4.999, 0.001):
        clock.now += seconds
        shown.read("t", Side.LEFT, 1)
    assert [line.partition(",")[0] for line in said] == ["t: 50%", "t: 100%"]


def standing(clock: Clock, *, pages: int, read: int, seconds: float) -> str:
    """What is said after so many seconds of a table that had so many pages."""
    said: list[str] = []
    shown = Progress(said.append, every_seconds=0)
    shown.begin({Side.LEFT: pages, Side.RIGHT: 0})
    clock.now += seconds
    shown.read("t", Side.LEFT, read)
    (line,) = said
    return line


def test_a_table_that_grew_is_read_at_most_once(clock: Clock) -> None:
    assert standing(clock, pages=4, read=5, seconds=8) == "t: 100%, 0 MB/s, 0 s left"
    assert standing(clock, pages=0, read=1, seconds=8) == "t: 100%, 0 MB/s, 0 s left"


def test_the_first_moment_has_a_rate_and_who_read_nothing_tells_no_end(clock: Clock) -> None:
    assert standing(clock, pages=1000, read=250, seconds=0.5) == "t: 25%, 4 MB/s, 2 s left"
    assert standing(clock, pages=4, read=1, seconds=0) == "t: 25%, 8,192,000 MB/s, 0 s left"
    assert standing(clock, pages=4, read=0, seconds=8) == "t: 0%, 0 MB/s"
