"""`payshift evidence`: what people and programs are told, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner, Result

from app.config.loading import load_environment
from app.config.names import Names
from app.errors import InputError
from app.migration.evidence.chain import EvidenceChain
from app.migration.evidence.link import link_key
from app.pipeline.cli import app
from tests.pipeline.conftest import make_bucket

RUN = "20261123T223000.123456Z-ab12"


@pytest.fixture
def chain(
    aws_variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> EvidenceChain:
    """Give the environment `local` evidence of one delivery with its gate."""
    file = tmp_path / "environment.json"
    file.write_text(json.dumps({"process_environment": aws_variables}), encoding="utf-8")
    monkeypatch.setenv("PAYSHIFT_LOCAL_ENVIRONMENT", str(file))
    s3, bucket = boto3.client("s3"), Names.of(load_environment("local")).evidence_bucket
    if bucket in {one["Name"] for one in s3.list_buckets()["Buckets"]}:
        for version in s3.list_object_versions(Bucket=bucket).get("Versions", []):
            s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    else:
        make_bucket(s3, bucket)
    found = EvidenceChain(s3, bucket)
    origin = {"who": "alex", "commit": "c0ffee", "pull_request": 7, "plan_digest": "abc"}
    found.add(f"records/{RUN}/started.json", origin, author="alex")
    found.add(f"records/{RUN}/validation-10-after.json", {"outcome": "passed"}, author="gate:3")
    found.add(f"records/{RUN}/finished.json", origin | {"outcome": "done"}, author="alex")
    return found


def payshift(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["evidence", *arguments, "--environment", "local"])


def test_the_list_tells_of_a_gate_which_pull_request_it_judged(chain: EvidenceChain) -> None:
    assert chain
    ended = payshift("list", "--run", RUN)
    assert ended.exit_code == 0
    gate = ended.stdout.splitlines()[1].split("  ")
    assert gate[-7:] == [
        RUN, "validation-10-after", "passed", "by gate:3", "commit c0ffee", "pull request 7",
        "plan digest abc",
    ]  # fmt: skip
    records = json.loads(payshift("list", "--json").stdout)["records"]
    assert [one["record"].get("outcome") for one in records] == [None, "passed", "done"]
    assert {one["pull_request"] for one in records} == {7}


def test_a_whole_chain_ends_with_0_and_says_where_it_ends(chain: EvidenceChain) -> None:
    assert chain
    ended = payshift("verify")
    assert ended.exit_code == 0
    said = ended.stdout.strip()
    assert said.startswith("the evidence is whole; 3 links, which ends with 3:")
    assert payshift("verify", "--known", said.rpartition(" ")[2]).exit_code == 0
    assert payshift("verify", "--known", f"2:{'0' * 64}").exit_code == 1


def test_a_removed_link_ends_with_1_and_is_named(chain: EvidenceChain) -> None:
    chain.s3.delete_object(Bucket=chain.bucket, Key=link_key(2))
    ended = payshift("verify", "--json")
    assert ended.exit_code == 1
    verdict = json.loads(ended.stdout)
    assert not verdict["whole"]
    assert ("removed", 2) in {(one["kind"], one["number"]) for one in verdict["findings"]}
    assert payshift("list").stdout.endswith("run payshift evidence verify\n")


def test_what_names_no_link_is_wrong_input(chain: EvidenceChain) -> None:
    assert chain
    refusal = payshift("verify", "--known", "12").exception
    assert isinstance(refusal, InputError)
    assert refusal.message == "'12' names no link"
