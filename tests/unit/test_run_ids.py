"""Names of runs sort by time, also on a machine whose clock is behind."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.errors import WorldError
from app.migration.run_ids import seconds_behind, sorted_after, started, tells_time

OLDER = "20261123T095930.000000Z-ab12"
NEWER = "20261123T100000.999999Z-cd34-break-glass"


def test_a_run_that_sorts_last_keeps_its_name() -> None:
    assert sorted_after(NEWER, OLDER) == NEWER
    assert sorted_after(OLDER, "") == OLDER
    assert seconds_behind(NEWER, OLDER) == 0


def test_a_run_of_a_clock_that_is_behind_goes_on_from_the_newest_one() -> None:
    found = sorted_after(OLDER, NEWER)
    assert found == "20261123T100001.000000Z-ab12"
    assert found > NEWER
    assert seconds_behind(OLDER, NEWER) == pytest.approx(30.999999)


def test_a_run_of_the_very_same_moment_sorts_after_the_other_all_the_same() -> None:
    same = OLDER.replace("ab12", "0000")
    assert sorted_after(same, OLDER) == "20261123T095930.000001Z-0000"


def test_a_name_says_when_its_run_began_or_is_none() -> None:
    assert started(NEWER) == datetime(2026, 11, 23, 10, 0, 0, 999999, tzinfo=UTC)
    assert tells_time(OLDER)
    assert not tells_time("zzz")
    with pytest.raises(WorldError, match="zzz"):
        sorted_after(OLDER, "zzz")
