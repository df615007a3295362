"""`payshift check --base`: a pull request never skips a phase, in real Git repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from app.errors import ConfigError, InputError
from app.pipeline.check import check
from tests.unit.phase_files import write_phases


def git(directory: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    subprocess.run(
        ["git", "-C", str(directory), *identity, *arguments], check=True, capture_output=True
    )


@pytest.fixture
def phases(tmp_path: Path) -> Path:
    """A repository whose first commit has live at phase 10."""
    directory = write_phases(tmp_path / "repository" / "phases")
    git(directory.parent, "init", "--quiet", "--initial-branch=main")
    git(directory.parent, "add", ".")
    git(directory.parent, "commit", "--quiet", "--message=start")
    return directory


def move(phases: Path, live: str) -> None:
    (phases / "live.yaml").write_text(f"# moved\nlive: {live}\n", encoding="utf-8")


@pytest.mark.parametrize("live", ["phase-0", "phase-10", "phase-50"])
def test_one_step_up_no_step_and_any_step_down_are_right(phases: Path, live: str) -> None:
    move(phases, live)
    assert check(phases, base="main").live == live


def test_going_down_may_skip(phases: Path) -> None:
    move(phases, "phase-100")
    git(phases.parent, "commit", "--quiet", "--all", "--message=all")
    move(phases, "phase-0")
    assert check(phases, base="HEAD").live == "phase-0"


def test_going_up_two_steps_is_refused(phases: Path) -> None:
    move(phases, "phase-100")
    with pytest.raises(ConfigError) as refusal:
        check(phases, base="main")
    (problem,) = refusal.value.problems
    assert str(problem) == (
        f"{phases / 'live.yaml'}:2:7: live goes from phase-10 to phase-100 and skips phase-50\n"
        "  → write live: phase-50, and go on in a later pull request"
    )


def test_a_first_live_starts_at_phase_0(phases: Path) -> None:
    git(phases.parent, "rm", "--quiet", "--cached", "phases/live.yaml")
    git(phases.parent, "commit", "--quiet", "--message=without")
    with pytest.raises(ConfigError, match="live goes to phase-10 and skips phase-0"):
        check(phases, base="main")


def test_an_added_phase_counts_as_a_step(phases: Path) -> None:
    text = (phases / "phase-10.yaml").read_text(encoding="utf-8").replace("10", "25")
    (phases / "phase-25.yaml").write_text(text, encoding="utf-8")
    move(phases, "phase-50")
    with pytest.raises(ConfigError, match="from phase-10 to phase-50 and skips phase-25"):
        check(phases, base="main")


@pytest.mark.parametrize("revision", ["nowhere", "--help", "main~5", ""])
def test_an_unknown_revision_is_refused(phases: Path, revision: str) -> None:
    with pytest.raises(InputError, match="there is no revision"):
        check(phases, base=revision)


def test_a_directory_outside_git_is_refused(tmp_path: Path) -> None:
    directory = write_phases(tmp_path / "phases")
    with pytest.raises(InputError, match="is in no Git repository"):
        check(directory, base="main")


@pytest.fixture
def releasing(phases: Path) -> Path:
    """The same repository, whose main gives blue every request."""
    write_release(phases, green="b", blue=100)
    git(phases.parent, "commit", "--quiet", "--all", "--message=all to blue")
    return phases


def write_release(phases: Path, *, green: str, blue: int, first: str = "a") -> None:
    images = {"blue": first, "green": green, "engine": "a"}
    lines = [f"  {name}: sha256:{digit * 64}" for name, digit in images.items()]
    weights = f"weights: {{blue: {blue}, green: {100 - blue}}}"
    (phases / "release.yaml").write_text("\n".join(["images:", *lines, weights, ""]))


def test_an_image_for_the_idle_colour_and_weights_for_known_images_are_right(
    releasing: Path,
) -> None:
    write_release(releasing, green="c", blue=100)
    check(releasing, base="main")
    write_release(releasing, green="b", blue=0)
    check(releasing, base="main")


@pytest.mark.parametrize(
    ("first", "green", "blue", "problem"),
    [
        ("c", "b", 100, "release.yaml:2:9: the image of blue changes while it has 100 %"),
        ("c", "b", 0, "release.yaml:2:9: the image of blue changes while it has 100 %"),
        ("a", "c", 95, "release.yaml:3:10: the image of green changes while it has 5 %"),
    ],
)
def test_an_image_that_clients_would_meet_untried_is_refused(
    releasing: Path, first: str, green: str, blue: int, problem: str
) -> None:
    write_release(releasing, first=first, green=green, blue=blue)
    with pytest.raises(ConfigError) as refusal:
        check(releasing, base="main")
    (found,) = refusal.value.problems
    assert problem in str(found)
    assert found.remedy == (
        "write it to the colour without weight, and move weight in a later change"
    )


@pytest.mark.parametrize("before", ["0", ""])
def test_the_first_images_go_anywhere(phases: Path, before: str) -> None:
    text = f"image_digest: sha256:{'0' * 64}\nweights: {{blue: 90, green: 10}}\n"
    (phases / "release.yaml").write_text(text)
    if before:
        write_release(phases, first="0", green="0", blue=90)
        release = (phases / "release.yaml").read_text()
        (phases / "release.yaml").write_text(release.replace("a" * 64, "0" * 64))
    git(phases.parent, "commit", "--quiet", "--all", "--message=none")
    write_release(phases, green="b", blue=90)
    check(phases, base="main")
