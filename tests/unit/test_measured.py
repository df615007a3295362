"""Records of rehearsals: kept, read back, refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.measured import MeasuredRehearsal, read_rehearsals, record_rehearsal
from app.errors import InputError

ONE = MeasuredRehearsal(
    date="2026-01-01", machine="a machine", rows=7, requests=1000, failed_requests=0, payments=900,
    lost=0, duplicated=0, pauses_ms=(12.5,), rollbacks=(), moves=(), total_seconds=600,
)  # fmt: skip


def test_rehearsals_are_kept_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "measured" / "rehearsals.jsonl"
    assert read_rehearsals(path) == ()
    later = ONE.model_copy(update={"date": "2026-02-02"})
    record_rehearsal(ONE, path=path)
    record_rehearsal(later, path=path)
    assert read_rehearsals(path) == (ONE, later)


def test_a_line_that_is_no_record_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rehearsals.jsonl"
    record_rehearsal(ONE, path=path)
    path.write_text(path.read_text() + '{"date": 1}\n')
    with pytest.raises(InputError, match=r"rehearsals\.jsonl:2"):
        read_rehearsals(path)
