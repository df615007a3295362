"""Another image or other weights in the release file, and what an image is built with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.config.loading import load_environment
from app.errors import ConfigError, InputError
from app.pipeline.image import build_facts
from app.pipeline.release import change_release

OLD, NEW = (f"sha256:{digit * 64}" for digit in "0a")
BASE = f"public.ecr.aws/lambda/python:3.13@{NEW}"
COMMIT = "c" * 40


def release_file(directory: Path, text: str) -> Path:
    file = directory / "release.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "text",
    [
        "# why\nimage_digest: {digest}  # newest\nweights: {{blue: {blue}, green: {green}}}\n",
        "weights:\n  green: {green} # idle\n  blue:  {blue}\n\nimage_digest: '{digest}'\n",
        'weights: {{"green": {green},"blue": {blue}}}\r\nimage_digest: "{digest}"',
    ],
)
def test_only_the_values_change_and_comments_order_and_spacing_stay(
    tmp_path: Path, text: str
) -> None:
    file = release_file(tmp_path, text.format(digest=OLD, blue=100, green=0))
    released = change_release(file, digest=NEW, blue=5)
    assert file.read_bytes().decode() == text.format(digest=NEW, blue=5, green=95)
    assert (released.before.image_digest, released.after.image_digest) == (OLD, NEW)
    assert released.after.weights.model_dump() == {"blue": 5, "green": 95}


def test_what_is_not_asked_for_stays(tmp_path: Path) -> None:
    text = f"image_digest: {OLD}\nweights: {{blue: 90, green: 10}}\n"
    file = release_file(tmp_path, text)
    released = change_release(file, digest=None, blue=None)
    assert file.read_text() == text
    assert released.before == released.after


@pytest.mark.parametrize(
    ("digest", "blue", "where"),
    [("sha256:12", None, ":1:15:"), (NEW, 101, ":2:17:"), ("latest", 10, ":1:15:")],
)
def test_what_is_wrong_is_refused_where_it_would_stand_and_the_file_stays(
    tmp_path: Path, digest: str, blue: int | None, where: str
) -> None:
    text = f"image_digest: {OLD}\nweights: {{blue: 90, green: 10}}\n"
    file = release_file(tmp_path, text)
    with pytest.raises(ConfigError, match=where):
        change_release(file, digest=digest, blue=blue)
    assert file.read_text() == text


def test_a_file_that_is_wrong_already_is_not_edited(tmp_path: Path) -> None:
    file = release_file(tmp_path, f"image_digest: {OLD}\nweights: {{blue: 90, green: 20}}\n")
    with pytest.raises(ConfigError, match="sum to 110"):
        change_release(file, digest=NEW, blue=None)
    assert OLD in file.read_text()


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
