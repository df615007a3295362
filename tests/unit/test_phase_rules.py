"""Each rule of the phase files, by the exact words and place that a user sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.loading import load_phases
from app.errors import InputError
from tests.unit.phase_files import FILES, problems, write_phases


@pytest.fixture
def phases(tmp_path: Path) -> Path:
    return write_phases(tmp_path / "phases")


def change(phases: Path, file: str, old: str, new: str) -> None:
    text = (phases / file).read_text(encoding="utf-8")
    assert old in text
    (phases / file).write_text(text.replace(old, new), encoding="utf-8")


def test_right_files_are_ordered_by_number_and_know_the_live_phase(phases: Path) -> None:
    found = load_phases(phases)
    assert found.names == ("phase-0", "phase-10", "phase-50", "phase-100")
    assert found.live_phase.title == "Canary"
    assert [one.phase for one in found.between(above=-1, up_to=50)] == [0, 10, 50]
    assert [one.phase for one in found.between(above=50, up_to=50)] == []
    assert found.release.weights.blue == 90


def test_a_phase_may_be_added_without_touching_code(phases: Path) -> None:
    text = FILES["phase-10.yaml"].replace("phase: 10", "phase: 25").replace("nt: 10", "nt: 25")
    (phases / "phase-25.yaml").write_text(text, encoding="utf-8")
    assert load_phases(phases).names[2] == "phase-25"


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        pytest.param(
            "phase-10.yaml", "aws_percent: 10", "aws_percnt: 10",
            ["phase-10.yaml:4:3: unknown key aws_percnt in traffic → did you mean aws_percent?"],
            id="a misspelt key",
        ),
        pytest.param(
            "phase-10.yaml", "title: Canary", "title: Canary\ncolour: red",
            [
                ("phase-10.yaml:3:1: unknown key colour → "
                "known here: phase, title, traffic, features, gates, bake_minutes")
            ],
            id="an unknown key",
        ),
        pytest.param(
            "phase-10.yaml", "title: Canary\n", "",
            [("phase-10.yaml:1:1: phase-10.yaml has no title → "
              "add title: text of 1 to 60 characters")],
            id="a missing key",
        ),
        pytest.param(
            "phase-10.yaml", "  aws_percent: 10", "  {}",
            [("phase-10.yaml:3:1: traffic has no aws_percent → "
             "add aws_percent: a whole number from 0 to 100")],
            id="a missing key further in",
        ),
        pytest.param(
            "phase-10.yaml", "aws_percent: 10", "aws_percent: 101",
            ["phase-10.yaml:4:16: aws_percent is 101 → write a whole number from 0 to 100"],
            id="a percentage above 100",
        ),
        pytest.param(
            "phase-10.yaml", "aws_percent: 10", "aws_percent: -1",
            ["phase-10.yaml:4:16: aws_percent is -1 → write a whole number from 0 to 100"],
            id="a negative percentage",
        ),
        pytest.param(
            "phase-10.yaml", "aws_percent: 10", "aws_percent: '10'",
            ['phase-10.yaml:4:16: aws_percent is "10" → write a whole number from 0 to 100'],
            id="a number as text",
        ),
        pytest.param(
            "phase-10.yaml", "aws_percent: 10", "aws_percent: 010",
            ['phase-10.yaml:4:16: aws_percent is "010" → write a whole number from 0 to 100'],
            id="what YAML 1.1 reads as octal",
        ),
        pytest.param(
            "phase-10.yaml", "aws_percent: 10", "aws_percent: true",
            ["phase-10.yaml:4:16: aws_percent is true → write a whole number from 0 to 100"],
            id="a truth for a number",
        ),
        pytest.param(
            "phase-10.yaml", "aws_percent: 10", "aws_percent:",
            ["phase-10.yaml:4:15: aws_percent is empty → write a whole number from 0 to 100"],
            id="a key without a value",
        ),
        pytest.param(
            "phase-10.yaml", "replication_lag_seconds: 5", "replication_lag_seconds: 0",
            [("phase-10.yaml:8:36: replication_lag_seconds is 0 → "
             "write a number above 0 and up to 3600")],
            id="a limit that nothing can keep",
        ),
        pytest.param(
            "phase-10.yaml", "row_parity: true", "row_parity: yes",
            ['phase-10.yaml:8:51: row_parity is "yes" → write true or false'],
            id="yes is text",
        ),
        pytest.param(
            "phase-10.yaml", "traffic:\n  aws_percent: 10", "traffic: 10",
            ["phase-10.yaml:3:10: traffic is 10 → write keys and values"],
            id="a value where keys belong",
        ),
        pytest.param(
            "phase-10.yaml", "writer: legacy", "writer: [legacy, aws]",
            [("phase-10.yaml:6:11: writer is a list: there is one writer at any time → "
             "write writer: legacy or writer: aws")],
            id="two writers as a list",
        ),
        pytest.param(
            "phase-10.yaml", "writer: legacy", "writer: both",
            [('phase-10.yaml:6:11: writer is "both": there is one writer at any time → '
             "write writer: legacy or writer: aws")],
            id="two writers by name",
        ),
        pytest.param(
            "phase-10.yaml", "writer: legacy", "writer: legacy\n  writer: aws",
            [("phase-10.yaml:7:3: writer is written twice; the first is in line 6 → "
             "keep one of them")],
            id="two writers by two keys",
        ),
        pytest.param(
            "phase-10.yaml", "phase: 10", "phase: 20",
            [("phase-10.yaml:1:8: phase is 20 in a file named phase-10.yaml → "
             "name the file phase-20.yaml, or write the number of its name")],
            id="another number than the file's",
        ),
        pytest.param(
            "phase-50.yaml", "phase: 50", "phase: 10",
            [
                ("phase-50.yaml:1:8: phase is 10 in a file named phase-50.yaml → "
                "name the file phase-10.yaml, or write the number of its name"),
                ("phase-50.yaml:1:8: phase 10 is also described by phase-10.yaml → "
                "give one of them another number, or delete it"),
            ],
            id="a number used twice",
        ),
        pytest.param(
            "phase-0.yaml", "aws_percent: 0", "aws_percent: 5",
            ["phase-0.yaml:4:16: phase 0 sends 5 % to AWS → write aws_percent: 0"],
            id="phase 0 with traffic",
        ),
        pytest.param(
            "phase-100.yaml", "aws_percent: 100", "aws_percent: 90",
            [("phase-100.yaml:4:16: aws_percent is 90 while the writer is aws: 10 % would still "
             "reach the legacy site → write aws_percent: 100, or writer: legacy")],
            id="legacy traffic while aws writes",
        ),
        pytest.param(
            "phase-100.yaml", "  reverse_replication: true\n", "",
            [("phase-100.yaml:6:3: reverse_replication is off while the writer is aws: there would "
             "be no way back → write reverse_replication: true")],
            id="no way back",
        ),
        pytest.param(
            "phase-50.yaml", "writer: legacy", "writer: legacy\n  reverse_replication: true",
            [("phase-50.yaml:7:24: reverse_replication is true while the writer is legacy → "
             "write reverse_replication: false, or writer: aws")],
            id="the way back before it is one",
        ),
        pytest.param(
            "phase-50.yaml", "aws_percent: 50", "aws_percent: 5",
            [("phase-50.yaml:4:16: phase-50 sends 5 % to AWS, less than phase-10 below it → "
             "write a whole number from 10 to 100")],
            id="traffic that falls",
        ),
        pytest.param(
            "live.yaml", "phase-10", "phase-25",
            [("live.yaml:1:7: live names phase-25, which no file describes → "
             "did you mean phase-50? write one of phase-0, phase-10, phase-50, phase-100")],
            id="a live phase that does not exist",
        ),
        pytest.param(
            "live.yaml", "phase-10", "10",
            ["live.yaml:1:7: live is 10 → write text such as phase-10"],
            id="a live phase without its name",
        ),
        pytest.param(
            "release.yaml", "green: 10", "green: 20",
            [("release.yaml:5:10: blue 90 and green 20 sum to 110 → "
             "write two weights that sum to 100")],
            id="colours that do not sum to 100",
        ),
        pytest.param(
            "release.yaml", "sha256:b", "sha256:x",
            [('release.yaml:3:10: green is "sha256:xbbbbbbbbbbbbbbbbbbbb'
             'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb… → '
             'write text such as sha256:<64 hexadecimal digits>')],
            id="a digest that is none",
        ),
        pytest.param(
            "release.yaml", "b" * 64, "0" * 64,
            [("release.yaml:3:10: green names no image while blue does: Lambda makes no such "
              "function → write a digest that was pushed, such as that of blue")],
            id="a colour without an image beside one with an image",
        ),
        pytest.param(
            "release.yaml", f"engine: sha256:{'a' * 64}", f"engine: sha256:{'0' * 64}",
            [("release.yaml:4:11: engine names no image while blue does: Lambda makes no such "
              "function → write a digest that was pushed, such as that of blue")],
            id="an engine without an image",
        ),
    ],
)  # fmt: skip
def test_a_broken_rule_is_located_and_says_what_to_write(
    phases: Path, file: str, old: str, new: str, expected: list[str]
) -> None:
    change(phases, file, old, new)
    assert problems(phases) == expected


def test_a_writer_that_goes_back_in_a_higher_phase_is_refused(phases: Path) -> None:
    change(phases, "phase-50.yaml", "aws_percent: 50", "aws_percent: 100")
    change(phases, "phase-50.yaml", "writer: legacy", "writer: aws\n  reverse_replication: true")
    change(phases, "phase-100.yaml", "writer: aws\n  reverse_replication: true", "writer: legacy")
    assert problems(phases) == [
        (
            "phase-100.yaml:6:11: phase-100 has writer legacy although phase-50 has writer aws → "
            "write writer: aws"
        )
    ]


def test_a_live_phase_is_not_missed_while_a_file_could_not_be_read(phases: Path) -> None:
    change(phases, "phase-50.yaml", "title: Half", "titel: Half")
    change(phases, "live.yaml", "phase-10", "phase-25")
    assert [line.partition(" ")[0] for line in problems(phases)] == ["phase-50.yaml:2:1:"]


@pytest.mark.parametrize("file", ["live.yaml", "release.yaml"])
def test_a_missing_file_is_named(phases: Path, file: str) -> None:
    (phases / file).unlink()
    assert problems(phases) == [f"{file}:1:1: {file} is missing → create {phases / file}"]


def test_a_set_without_phase_0_is_refused(phases: Path) -> None:
    (phases / "phase-0.yaml").unlink()
    assert problems(phases) == [
        (
            "phase-0.yaml:1:1: there is no phase 0: nothing to start from and to go back to → "
            f"create {phases / 'phase-0.yaml'} with aws_percent: 0 and writer: legacy"
        )
    ]


def test_a_file_of_another_name_is_refused(phases: Path) -> None:
    (phases / "fase-25.yaml").write_text("phase: 25\n", encoding="utf-8")
    assert problems(phases) == [
        (
            "fase-25.yaml:1:1: fase-25.yaml is no file that payshift reads → "
            "name it phase-<number>.yaml, live.yaml or release.yaml, or move it elsewhere"
        )
    ]


def test_a_file_of_another_name_hides_no_other(phases: Path) -> None:
    (phases / "fase-25.yaml").write_text("phase: 25\n", encoding="utf-8")
    change(phases, "phase-50.yaml", "title: Half", "titel: Half")
    assert [line.partition(" ")[0] for line in problems(phases)] == [
        "fase-25.yaml:1:1:", "phase-50.yaml:2:1:",
    ]  # fmt: skip


def test_problems_of_all_files_are_told_at_once(phases: Path) -> None:
    change(phases, "phase-10.yaml", "aws_percent: 10", "aws_percent: 101")
    change(phases, "phase-50.yaml", "title: Half", "titel: Half")
    change(phases, "live.yaml", "live", "life")
    assert [line.split(" ")[0] for line in problems(phases)] == [
        "live.yaml:1:1:", "phase-10.yaml:4:16:", "phase-50.yaml:2:1:",
    ]  # fmt: skip


def test_a_directory_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        load_phases(tmp_path / "nowhere")
    assert refusal.value.message == f"there is no directory {tmp_path / 'nowhere'}"
    assert refusal.value.remedy == "name the directory that holds phase-0.yaml"
