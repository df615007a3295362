"""How long the first load takes, computed by hand."""

from __future__ import annotations

import pytest

from app.config.first_load import FirstLoad

SETTINGS = FirstLoad(
    database_gigabytes=500,
    index_percent=40,
    vpn_megabits_per_second=1_000,
    subtasks=8,
    subtask_megabytes_per_second=10,
    index_megabytes_per_second=50,
    changes_gigabytes_per_day=24,
)


def changed(**changes: float) -> FirstLoad:
    return FirstLoad.model_validate(SETTINGS.model_dump() | changes)


def test_the_subtasks_decide_when_the_vpn_carries_more() -> None:
    # 300 GB at 8 * 10 * 0.75 = 60 MB/s, and 200 GB of indexes at 50 MB/s.
    duration = SETTINGS.duration()
    assert duration.slowest == "the subtasks"
    assert duration.megabytes_per_second == pytest.approx(60)
    assert duration.load_seconds == pytest.approx(5_000)
    assert duration.index_seconds == pytest.approx(4_000)
    assert duration.hours == pytest.approx(2.5)


def test_the_vpn_decides_when_it_carries_less() -> None:
    # 300 GB at 400 / 8 * 0.8 = 40 MB/s.
    duration = changed(vpn_megabits_per_second=400).duration()
    assert duration.slowest == "the VPN"
    assert duration.megabytes_per_second == pytest.approx(40)
    assert duration.load_seconds == pytest.approx(7_500)
    # fact: where both carry the same, more subtasks alone would not help
    assert changed(vpn_megabits_per_second=600).duration().slowest == "the VPN"


def test_more_subtasks_make_the_load_faster_until_the_vpn_is_full() -> None:
    seconds = [changed(subtasks=count).duration().load_seconds for count in (4, 8, 16, 32)]
    assert seconds == pytest.approx([10_000, 5_000, 3_000, 3_000])


def test_changes_of_the_time_of_the_load_wait_at_the_instance() -> None:
    # 24 GB a day are 1 GB an hour; the load alone takes 5,000 s.
    assert SETTINGS.duration().waiting_gigabytes == pytest.approx(5_000 / 3_600)


def test_every_figure_that_the_duration_rests_on_is_told() -> None:
    told = "\n".join(SETTINGS.duration().assumptions)
    for figure in ("40 %", "500 GB", "300 GB", "1000 Mbit/s", "80%", "8 subtasks", "10 MB/s",
                   "75%", "50 MB/s", "24 GB", "`payment.created_at`"):  # fmt: skip
        assert figure in told
