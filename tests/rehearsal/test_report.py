from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.config.measured import REHEARSALS, record_rehearsal
from app.errors import WorldError
from app.local.rehearsal.analysis.periods import periods
from app.local.rehearsal.analysis.recording import Recording
from app.local.rehearsal.record import measured
from app.local.rehearsal.report import page as page_module
from app.local.rehearsal.report.page import write_report
from app.local.rehearsal.report.scale import Scale, decades, round_ticks
from app.local.rehearsal.report.series import bins
from app.local.rehearsal.report.timeline import timeline
from tests.rehearsal.synthetic import PHASES, Synthetic
from tests.rehearsal.test_analysis import summary_of


@pytest.fixture(scope="module")
def recording() -> Recording:
    return Synthetic().recording()


def page(recording: Recording, directory: Path, error: WorldError | None = None) -> str:
    path = directory / "report.html"
    write_report(summary_of(recording, error=error), recording, path=path)
    return path.read_text()


def test_the_page_needs_neither_network_nor_script(recording: Recording, tmp_path: Path) -> None:
    found = page(recording, tmp_path)
    assert "<script" not in found
    assert re.findall(r"""(?:src|href)=["'](?!data:)""", found) == []
    assert "url(" not in found
    assert "http" not in found.replace("http-equiv", "")


def test_the_page_names_every_step_handover_and_rollback(
    recording: Recording, tmp_path: Path
) -> None:
    found = page(recording, tmp_path)
    assert "Rehearsal passed" in found
    assert found.count("legacy → aws") == 2
    assert "phase-100 → phase-50" in found
    assert "▼ revert 50" in found


def test_a_failed_rehearsal_says_why_and_escapes_it(recording: Recording, tmp_path: Path) -> None:
    found = page(recording, tmp_path, WorldError("a <b>tag</b> & more"))
    assert "Rehearsal failed" in found
    assert "a &lt;b&gt;tag&lt;/b&gt; &amp; more" in found


def test_a_rehearsal_that_broke_off_at_once_has_a_page_too(tmp_path: Path) -> None:
    found = page(Recording((), (), (), (), (), (), ()), tmp_path, WorldError("no Terraform"))
    assert "no Terraform" in found


@pytest.mark.parametrize("width", [1_080, 360])
def test_the_time_line_is_well_formed_and_keeps_inside_its_box(
    recording: Recording, width: int
) -> None:
    drawn = timeline(
        recording, summary_of(recording), periods(recording, phases=PHASES), width=width
    )
    root = ElementTree.fromstring(drawn)  # noqa: S314 -- our own words
    _, _, right, bottom = map(float, root.attrib["viewBox"].split())
    for box in root.iter("rect"):
        assert float(box.attrib["x"]) >= 0
        assert float(box.attrib["x"]) + float(box.attrib["width"]) <= right
        assert float(box.attrib["y"]) + float(box.attrib["height"]) <= bottom
    assert len([one for one in root.iter("line") if "mark" in one.attrib["class"].split()]) == 9


def test_the_bins_add_up_to_the_figures_of_the_summary(recording: Recording) -> None:
    found = bins(recording, start=recording.requests[0].at, end=recording.ended, width=3)
    assert sum(one.legacy + one.aws for one in found) == summary_of(recording).requests.total
    assert sum(one.failed for one in found) == 0


def test_round_ticks_reach_the_highest_value_with_few_steps() -> None:
    assert round_ticks(113, count=3) == [0, 50, 100, 150]
    assert round_ticks(0.07, count=2) == pytest.approx([0, 0.05, 0.1])
    assert decades(1.2, 340) == [1, 10, 100, 1_000]


def test_a_logarithmic_scale_puts_decades_at_equal_distances() -> None:
    scale = Scale(1, 100, 0, 200, logarithmic=True)
    assert [scale(value) for value in (1, 10, 100, 1_000)] == [0, 100, 200, 200]


def test_recorded_rehearsals_stand_beside_this_one(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs" / "measured").mkdir(parents=True)
    summary = summary_of(recording, error=None)
    record_rehearsal(measured(summary, rows=1_234_567), path=tmp_path / REHEARSALS)
    monkeypatch.setattr(page_module, "ROOT", tmp_path)
    (tmp_path / "phases").symlink_to(Path("phases").resolve())
    found = page(recording, tmp_path)
    assert "Recorded rehearsals" in found
    assert "<td>1\u202f234\u202f567</td>" in found
    assert "<td>this one</td>" in found
