"""Records of rehearsals: kept, read back, refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.measured import (
    MeasuredMove,
    MeasuredRehearsal,
    MeasuredRollback,
    read_rehearsals,
    record_rehearsal,
)
from app.errors import InputError

ONE = MeasuredRehearsal(
    date="2026-01-01", machine="a machine", rows=7, requests=1000, failed_requests=0, payments=900,
    lost=0, duplicated=0, pauses_ms=(12.5,), rollbacks=(), moves=(), total_seconds=600,
)  # fmt: skip


def test_rehearsals_are_kept_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "measured" / "rehearsals.jsonl"
    assert read_rehearsals(path) == ()
    later = ONE.model_copy(update={"date": "2026-02-02"})
    record_rehearsal(ONE, path=path)
    record_rehearsal(later, path=path)
    assert read_rehearsals(path) == (ONE, later)


def test_a_line_that_is_no_record_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rehearsals.jsonl"
    record_rehearsal(ONE, path=path)
    path.write_text(path.read_text() + '{"date": 1}\n')
    told = r"rehearsals\.jsonl:2: not the record of a rehearsal: Input should be a valid string"
    with pytest.raises(InputError, match=told):
        read_rehearsals(path)


def test_the_slowest_merge_that_led_to_a_phase_is_told_and_no_revert() -> None:
    moves = tuple(
        MeasuredMove(phase=phase, kind=kind, seconds=seconds)
        for phase, kind, seconds in (
            ("phase-10", "merge", 0), ("phase-50", "merge", 9), ("phase-50", "merge", 12),
            ("phase-50", "merge", 11), ("phase-50", "revert", 40),
        )
    )  # fmt: skip
    one = ONE.model_copy(update={"moves": moves})
    assert one.slowest_delivery("phase-50") == 12
    assert one.slowest_delivery("phase-10") == 0
    assert one.slowest_delivery("phase-100") is None


def test_a_rollback_is_told_by_where_it_left_and_what_it_reached() -> None:
    rollbacks = (
        MeasuredRollback(left="phase-50", reached="phase-10", seconds=40),
        MeasuredRollback(left="phase-100", reached="phase-10", seconds=70),
        MeasuredRollback(left="phase-100", reached="phase-0", seconds=0),
    )
    one = ONE.model_copy(update={"rollbacks": rollbacks})
    assert one.rollback(left="phase-100", reached="phase-10") == 70
    assert one.rollback(left="phase-100", reached="phase-0") == 0
    assert one.rollback(left="phase-10", reached="phase-0") is None
