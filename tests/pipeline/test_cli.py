"""The command line as people and workflows meet it: exit codes, messages, JSON."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from app.config.authorities import read_authorities
from app.config.loading import load_environment
from app.pipeline import aws
from app.pipeline.bundle import pack, seal
from app.pipeline.digest import inputs_digest
from app.pipeline.drift.last_look import LastLooks
from app.pipeline.target import Target
from tests.pipeline.by_hand import Zone
from tests.pipeline.conftest import Place, make_buckets, workspace, write_workspace
from tests.unit.phase_files import write_phases as write_right_phases


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "app.pipeline.cli", *arguments]


def payshift(
    directory: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the real command in a directory."""
    environment = {key: value for key, value in os.environ.items() if "PAYSHIFT" not in key}
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        command(*arguments), cwd=directory, capture_output=True, text=True, check=False,
        env={**environment, "PYTHONPATH": root, **variables},
    )  # fmt: skip


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    write_right_phases(tmp_path / "phases")
    return tmp_path


def test_check_says_yes(checkout: Path) -> None:
    ended = payshift(checkout, "check")
    assert (ended.returncode, ended.stdout, ended.stderr) == (
        0, "phases: 4 phases are right, live is phase-10\n", "",
    )  # fmt: skip


def test_check_takes_another_directory_and_speaks_json(checkout: Path) -> None:
    (checkout / "phases").rename(checkout / "elsewhere")
    ended = payshift(checkout, "check", "elsewhere", "--json")
    assert json.loads(ended.stdout)["phases"] == ["phase-0", "phase-10", "phase-50", "phase-100"]


def test_wrong_phases_end_with_2_and_every_problem(checkout: Path) -> None:
    (checkout / "phases/live.yaml").write_text("live: phase-11\n", encoding="utf-8")
    (checkout / "phases/release.yaml").write_text("", encoding="utf-8")
    ended = payshift(checkout, "check")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr == (
        "error: phases/release.yaml:1:1: release.yaml is empty\n  → fill it, or delete the file\n"
    )
    (checkout / "phases/release.yaml").write_text("weights: 3\n", encoding="utf-8")
    ended = payshift(checkout, "check", "--json")
    problems = json.loads(ended.stdout)["error"]["problems"]
    assert [(one["line"], one["column"], one["message"]) for one in problems] == [
        (1, 1, "release.yaml has no images"),
        (1, 10, "weights is 3"),
    ]
    assert "Traceback" not in ended.stderr


def without_images(checkout: Path) -> None:
    file = checkout / "phases/release.yaml"
    file.write_text(re.sub(r"[ab]{64}", "0" * 64, file.read_text()))


def test_check_says_what_still_wants_to_be_done(checkout: Path) -> None:
    without_images(checkout)
    ended = payshift(checkout, "check")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "hint: phases/release.yaml names no image yet" in ended.stdout


def test_functions_are_refused_to_aws_before_there_is_an_image_to_run(checkout: Path) -> None:
    without_images(checkout)
    for more in ((), ("--only", "network", "--only", "service")):
        ended = payshift(checkout, "deliver", "--foundation", *more, "-e", "production")
        assert ended.returncode == 1
        assert ended.stderr == (
            "error: phases/release.yaml names no image yet: Lambda could make no function\n"
            "  → run the workflow release, and merge what it proposes; then deliver again\n"
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "nowhere"), "there is no directory nowhere"),
        (("check", "--environment", "moon"), "there is no environment 'moon'"),
        (("check", "--base", "HEAD"), "is in no Git repository"),
        (("deliver",), "no environment was named"),
        (("status", "-e", "local"), "the local environment is not running"),
        (("deliver", "-e", "local"), "→ run: payshift local up"),
        (("--environment", "local", "plan"), "the local environment is not running"),
        (("drift", "-e", "local", "--no-plans", "--keep"), "--keep has nothing to keep"),
        (("no-such-command",), "No such command"),
        (("check", "--no-such-option"), "No such option"),
    ],
)
def test_wrong_input_ends_with_2_and_one_message(
    checkout: Path, arguments: tuple[str, ...], message: str
) -> None:
    ended = payshift(checkout, *arguments)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_target_that_does_not_answer_ends_with_3(checkout: Path) -> None:
    nobody = str(local_file(checkout, "http://127.0.0.1:9"))
    ended = payshift(checkout, "status", "-e", "local", PAYSHIFT_LOCAL_ENVIRONMENT=nobody)
    assert ended.returncode == 3
    assert "reading /payshift/local/features failed: Could not connect" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_garbled_file_of_the_local_environment_ends_with_3(checkout: Path) -> None:
    (checkout / "environment.json").write_text("[]", encoding="utf-8")
    ended = payshift(checkout, "status", "-e", "local",
                     PAYSHIFT_LOCAL_ENVIRONMENT="environment.json")  # fmt: skip
    assert ended.returncode == 3
    assert "does not say how to reach the local environment" in ended.stderr


def test_help_names_every_command(checkout: Path) -> None:
    ended = payshift(checkout, "--help", COLUMNS="100")
    assert ended.returncode == 0
    for name in ("check", "synth", "plan", "deliver", "status", "cost", "local", "rehearse",
                 "evidence", "drift", "doctor", "issue", "propose"):  # fmt: skip
        assert f" {name} " in ended.stdout


def local_file(directory: Path, endpoint: str) -> Path:
    file = directory / "environment.json"
    variables = {
        "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-2",
        "AWS_MAX_ATTEMPTS": "1",
    }  # fmt: skip
    file.write_text(json.dumps({"process_environment": variables}), encoding="utf-8")
    return file


def store_bundle(place: Place) -> None:
    """Store the workspaces as the bundle of the present code and phases."""
    digest = inputs_digest(environment="local", phases=place.phases)
    seal(place.source, digest=digest)
    aws.s3(place.target.environment).put_object(
        Bucket=place.target.names.evidence_bucket,
        Key=f"bundles/{digest}.tar.gz",
        Body=pack(place.source),
    )


@pytest.fixture
def delivered(place: Place, aws_endpoint: str, tmp_path: Path) -> dict[str, Any]:
    """Give the environment `local` its buckets, and the bundle of its phases stored in one."""
    target = Target(load_environment("local"), tmp_path / "build")
    # The names are those of the real environment, so every test starts from an empty world.
    reset = urllib.request.Request(f"{aws_endpoint}/moto-api/reset", method="POST")  # noqa: S310  # our own loopback server
    urllib.request.urlopen(reset).close()  # noqa: S310  # as above
    make_buckets(target)
    place.target = target
    for number in (0, 10, 50, 100):
        place.write_phase(number)
    store_bundle(place)
    return {
        "PAYSHIFT_LOCAL_ENVIRONMENT": str(local_file(tmp_path, aws_endpoint)),
        "PAYSHIFT_ENVIRONMENT": "local",
    }


@pytest.mark.slow
def test_a_revert_needs_no_synthesis(
    place: Place, delivered: dict[str, Any], tmp_path: Path
) -> None:
    place.set_live(10)
    ended = payshift(tmp_path, "deliver", "--json", **delivered)
    assert ended.returncode == 0, ended.stderr
    done = json.loads(ended.stdout)
    assert [one["phase"] for one in done["applied"]] == [0, 10]
    assert "workspaces from the evidence bucket" in ended.stderr

    place.set_live(0)
    status = json.loads(payshift(tmp_path, "status", "--json", **delivered).stdout)
    assert status["moves"] == [{"phase": "phase-0", "from_phase": 10, "reason": "down"}]
    assert not status["agrees"]
    plan = payshift(tmp_path, "plan", **delivered)
    assert plan.stdout.startswith("phase-0: 0 to add, 2 to change, 0 to destroy")
    ended = payshift(tmp_path, "deliver", **delivered)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.endswith("local is in phase-0: 0 % at AWS, writer legacy\n")
    assert "workspaces from this machine" in ended.stderr


@pytest.mark.slow
def test_a_step_up_that_is_held_ends_with_1_and_status_tells_the_same_ahead(
    place: Place, delivered: dict[str, Any], tmp_path: Path
) -> None:
    place.set_live(10)
    assert payshift(tmp_path, "deliver", **delivered).returncode == 0
    Zone.anew(place)(legacy=90, aws=90)
    place.set_live(50)
    why = "weight of aws: api.payments.test has 90 with 2 s; phase-10 wants 10 with 2 s"
    status = json.loads(payshift(tmp_path, "status", "--json", **delivered).stdout)
    assert [(one["guard"], one["why"]) for one in status["next"]["holds"]] == [("drift", why)]
    ended = payshift(tmp_path, "deliver", **delivered)
    assert ended.returncode == 1
    assert f"phase-50 has to wait: {why}" in ended.stderr
    assert place.world().number == 10


@pytest.mark.slow
def test_a_look_for_drift_is_kept_for_the_next_step_up(
    place: Place, delivered: dict[str, Any], tmp_path: Path
) -> None:
    write_workspace(place.source, "network", workspace(place.target, "network"))
    store_bundle(place)
    looks = LastLooks(aws.s3(place.target.environment), place.target.names)
    payshift(tmp_path, "drift", **delivered)
    assert looks.find() is None
    payshift(tmp_path, "drift", "--keep", **delivered)
    found = looks.find()
    assert found is not None
    assert [(one.name, one.drifted, one.unknown) for one in found.workspaces] == [
        ("network", (), ())
    ]


@pytest.mark.slow
def test_an_interrupt_lets_terraform_release_its_lock_and_leaves_evidence(
    place: Place, delivered: dict[str, Any], tmp_path: Path
) -> None:
    place.write_phase(0, runs="sleep 60")
    store_bundle(place)
    s3, names = aws.s3(place.target.environment), place.target.names
    place.set_live(0)
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        command("deliver"), cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": root, **delivered},
    )  # fmt: skip
    log = tmp_path / "build/workspaces/local/phase-0/terraform.log"
    until = time.monotonic() + 120
    while not (log.is_file() and "Provisioning with" in log.read_text(encoding="utf-8")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=180)
    assert process.returncode == 130
    assert "stopping: Terraform finishes what it does and lets go of its lock" in said
    assert said.endswith("interrupted\n")
    left = s3.list_objects_v2(Bucket=names.state_bucket).get("Contents", [])
    assert [one["Key"] for one in left if one["Key"].endswith(".tflock")] == []
    assert place.records("finished")[-1]["outcome"] == "interrupted"
    unfinished = place.evidence().unfinished()
    assert unfinished is not None
    assert (unfinished.number, unfinished.from_number) == (0, -1)


def test_certificates_says_whether_the_trusted_roots_are_the_published_ones(
    checkout: Path,
) -> None:
    bundle = checkout / "bundle.pem"
    bundle.write_text(read_authorities("aws-us-east-2.pem"), encoding="ascii")
    ended = payshift(checkout, "certificates", "--bundle", str(bundle))
    assert (ended.returncode, ended.stdout) == (0, "aws-us-east-2.pem: as published\n")


def test_certificates_refuses_a_bundle_without_the_regions_roots(checkout: Path) -> None:
    bundle = checkout / "bundle.pem"
    bundle.write_text(read_authorities("data-centre-example.pem"), encoding="ascii")
    ended = payshift(checkout, "certificates", "--bundle", str(bundle))
    assert ended.returncode == 2
    assert "holds 0 certificates named Amazon RDS us-east-2 Root CA RSA2048 G1" in ended.stderr
