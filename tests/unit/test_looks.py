"""What `payshift local status` says before the local environment is ready."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.local.layout import Layout
from app.local.looks import show_status


@pytest.mark.parametrize(
    ("supervisor", "said"),
    [
        (None, "no local environment runs; start one with `payshift local up`"),
        (42, "a local environment is starting or ending (process 42); look again"),
    ],
)
def test_one_that_is_not_ready_is_told_from_none(
    supervisor: int | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_status(Layout(tmp_path), supervisor=supervisor, as_json=False)
    assert capsys.readouterr().out == f"{said}\n"


def test_a_program_is_told_why_the_last_one_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = Layout(tmp_path / "local")
    layout.last_words.parent.mkdir(parents=True, exist_ok=True)
    layout.last_words.write_text("no space left")
    show_status(layout, supervisor=None, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"running": False, "last_words": "no space left"}
