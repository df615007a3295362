"""Another image or other weights in the release file, and what an image is built with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.config.loading import PhaseSet, load_environment, load_phases
from app.config.phases import NO_IMAGE, Release
from app.errors import ConfigError, InputError, ReleaseRefused
from app.pipeline.image import build_facts
from app.pipeline.release import change_release
from app.pipeline.release_hints import release_hints, require_images
from tests.unit.phase_files import write_phases as write_right_phases

OLD, NEW, OLDER = (f"sha256:{digit * 64}" for digit in "1a2")
BASE = f"public.ecr.aws/lambda/python:3.13@{NEW}"
COMMIT = "c" * 40


def release_file(directory: Path, text: str) -> Path:
    file = directory / "release.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def written(*, blue: str = OLD, green: str = OLDER, engine: str = OLD, weight: int = 100) -> str:
    return (
        f"images:\n  blue: {blue}\n  green: {green}\n  engine: {engine}\n"
        f"weights: {{blue: {weight}, green: {100 - weight}}}\n"
    )


def images(release: Release) -> tuple[str, str, str]:
    found = release.images
    return found.blue, found.green, found.engine


@pytest.mark.parametrize(
    "text",
    [
        ("# why\nimages:\n  blue: {serving}  # serves\n  green: {digest}  # idle\n"
         "  engine: {serving}\nweights: {{blue: 100, green: 0}}\n"),
        ('weights:\n  green: 0 # idle\n  blue:  100\n\nimages:\n  engine: "{serving}"\n'
         "  green: '{digest}'\n  blue: {serving}\n"),
        ('weights: {{"green": 0,"blue": 100}}\r\n'
         "images: {{green: {digest}, engine: '{serving}',blue: \"{serving}\"}}"),
    ],
)  # fmt: skip
def test_an_image_goes_to_the_idle_colour_and_comments_order_and_spacing_stay(
    tmp_path: Path, text: str
) -> None:
    file = release_file(tmp_path, text.format(serving=OLD, digest=OLDER))
    released = change_release(file, digest=NEW)
    assert file.read_bytes().decode() == text.format(serving=OLD, digest=NEW)
    assert images(released.before) == (OLD, OLDER, OLD)
    assert images(released.after) == (OLD, NEW, OLD)


def test_the_idle_colour_may_be_blue(tmp_path: Path) -> None:
    file = release_file(tmp_path, written(weight=0))
    assert images(change_release(file, digest=NEW).after) == (NEW, OLDER, OLD)


def test_weights_move_without_an_image_and_moving_back_finds_the_old_one(tmp_path: Path) -> None:
    file = release_file(tmp_path, written(green=NEW))
    before = file.read_text()
    moved = change_release(file, blue=5)
    assert moved.after.weights.model_dump() == {"blue": 5, "green": 95}
    assert images(moved.after) == (OLD, NEW, OLD)
    change_release(file, blue=100)
    assert file.read_text() == before


def test_the_first_image_goes_everywhere_because_nothing_runs_before_it(tmp_path: Path) -> None:
    text = written(blue=NO_IMAGE, green=NO_IMAGE, engine=NO_IMAGE, weight=90)
    released = change_release(release_file(tmp_path, text), digest=NEW)
    assert images(released.after) == (NEW, NEW, NEW)


def test_no_image_is_taken_while_both_colours_serve(tmp_path: Path) -> None:
    file = release_file(tmp_path, written(weight=90))
    with pytest.raises(ReleaseRefused) as refusal:
        change_release(file, digest=NEW)
    assert refusal.value.message == (
        "blue has 90 % and green has 10 % of the requests: no colour is free to take another image"
    )
    assert refusal.value.remedy == (
        "end the move first: payshift release --blue 100, or --blue 0"
    )  # fmt: skip
    assert file.read_text() == written(weight=90)


def test_an_image_gets_no_request_in_the_change_that_names_it(tmp_path: Path) -> None:
    file = release_file(tmp_path, written())
    with pytest.raises(ConfigError, match=":3:10: the image of green changes while"):
        change_release(file, digest=NEW, blue=90)
    assert file.read_text() == written()


def test_the_other_functions_take_the_image_of_the_colour_that_is_named(tmp_path: Path) -> None:
    file = release_file(tmp_path, written(green=NEW))
    assert images(change_release(file, blue=0, engine="green").after) == (OLD, NEW, NEW)


def test_what_is_not_asked_for_stays(tmp_path: Path) -> None:
    file = release_file(tmp_path, written(weight=90))
    released = change_release(file)
    assert file.read_text() == written(weight=90)
    assert released.before == released.after


@pytest.mark.parametrize(
    ("digest", "blue", "where"),
    [("sha256:12", None, ":3:10:"), (None, 101, ":5:17:"), ("latest", 100, ":3:10:")],
)
def test_what_is_wrong_is_refused_where_it_would_stand_and_the_file_stays(
    tmp_path: Path, digest: str | None, blue: int | None, where: str
) -> None:
    file = release_file(tmp_path, written())
    with pytest.raises(ConfigError, match=where):
        change_release(file, digest=digest, blue=blue)
    assert file.read_text() == written()


def test_a_file_that_is_wrong_already_is_not_edited(tmp_path: Path) -> None:
    file = release_file(tmp_path, written().replace("green: 0", "green: 20"))
    with pytest.raises(ConfigError, match="sum to 120"):
        change_release(file, digest=NEW)
    assert NEW not in file.read_text()


def phases_with(directory: Path, release: str) -> PhaseSet:
    phases = write_right_phases(directory / "phases")
    release_file(phases, release)
    return load_phases(phases)


def test_an_image_that_is_missing_or_left_behind_is_a_hint(tmp_path: Path) -> None:
    none = written(blue=NO_IMAGE, green=NO_IMAGE, engine=NO_IMAGE)
    (first,) = release_hints(phases_with(tmp_path, none))
    assert first.endswith(
        "release.yaml names no image yet, so service cannot be delivered to AWS → "
        "run the workflow release, and merge what it proposes"
    )
    (behind,) = release_hints(phases_with(tmp_path, written(engine=NEW)))
    assert "engine runs an image that no colour runs" in behind
    assert release_hints(phases_with(tmp_path, written(engine=OLDER))) == ()


def test_functions_are_not_delivered_before_there_is_an_image(tmp_path: Path) -> None:
    none = phases_with(tmp_path, written(blue=NO_IMAGE, green=NO_IMAGE, engine=NO_IMAGE))
    require_images(none, ["network", "data"])
    with pytest.raises(ReleaseRefused, match="Lambda could make no function"):
        require_images(none, ["network", "service"])
    require_images(phases_with(tmp_path, written()), ["network", "service"])


def test_a_build_is_told_its_base_its_trust_and_where_it_goes() -> None:
    facts = build_facts(load_environment("production"), base=BASE, revision=COMMIT)
    assert facts == {
        "BASE_IMAGE": BASE,
        "AWS_AUTHORITIES": "aws-us-east-2.pem",
        "DATA_CENTRE_AUTHORITY": "data-centre-example.pem",
        "REVISION": COMMIT,
        "REPOSITORY": "payshift-production",
        "REPOSITORY_URL": "123456789012.dkr.ecr.us-east-2.amazonaws.com/payshift-production",
    }


@pytest.mark.parametrize(
    ("base", "revision"),
    [
        ("public.ecr.aws/lambda/python:3.13", COMMIT),
        (f"docker.io/library/python:3.13@{NEW}", COMMIT),
        (f"{BASE}\nEVIL=1", COMMIT),
        (BASE, "main"),
    ],
)
def test_a_base_without_digest_and_a_revision_that_moves_are_refused(
    base: str, revision: str
) -> None:
    with pytest.raises(InputError):
        build_facts(load_environment("production"), base=base, revision=revision)


WORKFLOW = yaml.safe_load(
    (Path(__file__).parents[2] / ".github/workflows/release.yml").read_text(encoding="utf-8")
)


def steps_using(job: str, action: str) -> list[dict[str, Any]]:
    return [
        step for step in WORKFLOW["jobs"][job]["steps"] if step.get("uses", "").startswith(action)
    ]


def test_the_workflow_gives_the_build_every_argument_and_builds_what_was_checked_out() -> None:
    (build,) = steps_using("build", "docker/build-push-action@")
    dockerfile = Path(__file__).parents[2] / build["with"]["file"]
    asked = set(re.findall(r"^ARG (\w+)", dockerfile.read_text(encoding="utf-8"), re.MULTILINE))
    given = dict(line.split("=", 1) for line in build["with"]["build-args"].strip().splitlines())
    facts = build_facts(load_environment("production"), base=BASE, revision=COMMIT)
    assert set(given) == asked
    for name, value in given.items():
        assert name in facts
        assert value.replace(" ", "") == f"${{{{steps.facts.outputs.{name}}}}}"
    assert build["with"]["context"] == "."


def test_what_builds_and_scans_has_no_identity_and_what_pushes_runs_no_code_of_ours() -> None:
    jobs = WORKFLOW["jobs"]
    assert WORKFLOW["permissions"] == {}
    assert jobs["build"]["permissions"] == {"contents": "read"}
    assert steps_using("build", "anchore/scan-action@")
    assert steps_using("push", "actions/checkout@") == []
    assert "id-token" not in jobs["propose"]["permissions"]
    assert "packages" not in jobs["push"]["permissions"]
    assert (jobs["push"]["needs"], jobs["propose"]["needs"]) == ("build", ["build", "push"])


def test_the_proposal_edits_the_release_by_the_command_that_is_tested_here() -> None:
    lines = [step.get("run", "") for step in WORKFLOW["jobs"]["propose"]["steps"]]
    assert 'payshift release --digest "$DIGEST"' in lines
    assert "payshift check" in lines
