"""A repository with the product in it, an AWS, a GitHub, and phases of a few lines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from app.config.loading import load_environment
from app.config.names import Names
from app.local.cloud.settings import CloudSettings
from app.local.rehearsal.repository import Repository, git
from app.pipeline.bundle import pack, seal
from tests.aws_api import variables_for
from tests.github.server import serving
from tests.github.state import NAME, TOKEN, GitHub
from tests.local.processes import running
from tests.workflows.job import Done, run_job

LIVE = "phases/live.yaml"
PERCENTS = {0: 0, 10: 10, 50: 50, 100: 100}


@dataclass
class Platform:
    """What a platform team has: repository, GitHub, AWS, and runners."""

    directory: Path
    hub: GitHub
    repository: Repository
    endpoint: str
    names: Names
    first: str = ""
    runs: int = 0
    refusing: dict[int, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """What a runner's steps find in their environment."""
        return {
            "PAYSHIFT_LOCAL_ENVIRONMENT": str(self.directory / "reach.json"),
            "PAYSHIFT_BUILD": str(self.directory / "build"),
            "GITHUB_API_URL": self.hub.url,
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_ACTOR": "an-engineer",
        }

    def check_out(self, commit: str) -> Path:
        """Make a runner's clean checkout of a commit."""
        checkout = self.directory / "runner"
        if not checkout.exists():
            git(self.directory, "clone", "--quiet", str(self.repository.remote), str(checkout))
        git(checkout, "fetch", "--quiet", "origin")
        git(checkout, "checkout", "--quiet", "--force", "--detach", commit)
        return checkout

    def run(
        self,
        commit: str,
        workflow: str,
        job: str,
        *,
        event: dict[str, Any] | None = None,
        needs: dict[str, Done] | None = None,
        inputs: dict[str, str] | None = None,
        ref: str = "refs/heads/main",
    ) -> Done | None:
        """Run a job at a commit of `ref`; `inputs` are those of a dispatch."""
        self.runs += 1
        github = {
            "repository": NAME,
            "ref": ref,
            "token": TOKEN,
            "server_url": "https://github.test",
            "run_id": self.runs,
            "event": event or {},
        }
        return run_job(
            self.check_out(commit),
            workflow,
            job,
            github=github,
            needs=needs,
            inputs=inputs or {},
            environment=self.variables,
            # The jobs name production, as they must; here they mean this machine.
            instead={"PAYSHIFT_ENVIRONMENT": "local"},
            files=self.directory / "files" / str(self.runs),
        )

    def push(self, commit: str) -> Done:
        """Deliver what was pushed."""
        done = self.run(commit, "deliver", "deliver")
        assert done is not None
        return done

    def store_bundle(self) -> None:
        """Store the phases below the digest that this product has, in the bucket only."""
        digest = self.digest()
        source = self.directory / "stacks-of-the-bundle"
        shutil.rmtree(source, ignore_errors=True)
        for number in PERCENTS:
            place = source / "stacks" / f"phase-{number}"
            place.mkdir(parents=True)
            text = json.dumps(_phase(self.names, number, refuses=self.refusing.get(number, "")))
            (place / "cdk.tf.json").write_text(text, encoding="utf-8")
        network = source / "stacks" / "network"
        network.mkdir()
        (network / "cdk.tf.json").write_text(json.dumps(_network(self.names)), encoding="utf-8")
        order: dict[str, dict[str, list[str]]] = {"network": {"dependencies": []}}
        (source / "manifest.json").write_text(json.dumps({"stacks": order}), encoding="utf-8")
        seal(source, digest=digest)
        key = f"bundles/{digest}.tar.gz"
        self.s3().put_object(Bucket=self.names.evidence_bucket, Key=key, Body=pack(source))
        cache = self.directory / "build" / "bundles" / digest
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(source, cache)

    def digest(self) -> str:
        """Return the digest of the code and the phases that are checked out."""
        done = subprocess.run(
            [sys.executable, "-m", "app.pipeline.cli", "bundle", "-e", "local", "--json"],
            cwd=self.directory / "runner",
            env={**os.environ, **self.variables, "PYTHONPATH": str(self.directory / "runner")},
            capture_output=True,
            text=True,
            check=True,
        )
        return str(json.loads(done.stdout)["digest"])

    def review(self, head: str) -> dict[str, Any]:
        """Read what a pull request showed."""
        key = self.names.review_key(head)
        answer = self.s3().get_object(Bucket=self.names.state_bucket, Key=key)
        return dict(json.loads(answer["Body"].read()))

    def keep_review(self, head: str, review: dict[str, Any]) -> None:
        """Store what a pull request showed, or would have shown."""
        self.s3().put_object(
            Bucket=self.names.state_bucket,
            Key=self.names.review_key(head),
            Body=json.dumps(review).encode(),
        )

    def show_besides(self, head: str, plan: dict[str, Any]) -> None:
        """Let a pull request have shown one more plan, as if it had changed that workspace."""
        review = self.review(head)
        review["plans"].append(plan)
        self.keep_review(head, review)

    def s3(self) -> Any:
        """Return a client of S3."""
        return self.client("s3")

    def client(self, service: str) -> Any:
        """Return a client of a service of this AWS."""
        return boto3.client(
            service,  # type: ignore[call-overload]  # the stubs want a literal
            endpoint_url=self.endpoint,
            region_name="us-east-2",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def phase(self) -> str:
        """Return the phase that production is in."""
        value = self.client("ssm").get_parameter(Name=self.names.features_parameter)
        return str(json.loads(value["Parameter"]["Value"])["phase"])

    def records(self, kind: str) -> list[dict[str, Any]]:
        """Read the evidence of all runs, oldest first."""
        listed = self.s3().list_objects_v2(Bucket=self.names.evidence_bucket, Prefix="records/")
        return [
            json.loads(
                self.s3().get_object(Bucket=self.names.evidence_bucket, Key=one)["Body"].read()
            )
            for one in sorted(item["Key"] for item in listed.get("Contents", []))
            if one.endswith(f"/{kind}.json")
        ]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    directory = tmp_path_factory.mktemp("platform")
    names = Names.of(load_environment("local"))
    with (
        running("app.local.cloud", settings=CloudSettings(), directory=directory) as cloud,
        serving() as hub,
    ):
        endpoint = str(cloud.said["endpoint"])
        repository = Repository(directory / "git")
        made = Platform(directory, hub, repository, endpoint, names)
        reach = {"process_environment": variables_for(endpoint)}
        (directory / "reach.json").write_text(json.dumps(reach))
        for bucket in (names.state_bucket, names.evidence_bucket):
            made.s3().create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-east-2"}
            )
        made.s3().put_bucket_versioning(
            Bucket=names.state_bucket, VersioningConfiguration={"Status": "Enabled"}
        )
        first = repository.create(live="phase-0")
        made.first = first.commit
        hub.commits[first.commit] = {
            "files": {LIVE: "live: phase-0\n"},
            "message": "",
            "parents": [],
        }
        hub.refs["heads/main"] = first.commit
        made.check_out(first.commit)
        made.store_bundle()
        yield made


def _network(names: Names) -> dict[str, Any]:
    made = {"terraform_data": {"made": {"input": "as reviewed"}}}
    return _workspace(names, "network") | {"resource": made}


def _workspace(names: Names, name: str) -> dict[str, Any]:
    return {
        "terraform": {
            "required_providers": {"aws": {"source": "aws", "version": "= 5.100.0"}},
            "backend": {
                "s3": {
                    "bucket": names.state_bucket,
                    "key": names.state_key(name),
                    "region": "us-east-2",
                    "use_lockfile": True,
                    "use_path_style": True,
                }
            },
        },
        "provider": {"aws": [{"region": "us-east-2"}]},
    }


def _phase(names: Names, number: int, *, refuses: str) -> dict[str, Any]:
    value = {
        "phase": f"phase-{number}",
        "number": number,
        "aws_percent": PERCENTS[number],
        "features": {"writer": "aws" if number == 100 else "legacy"},
    }
    # The version is known only after the apply, so the gate is asked then and not before.
    most = 0 if refuses else 1_000_000
    gate = {
        "condition": f"${{self.version < {most} || var.from_phase > {number}}}",
        "error_message": refuses or "never said",
    }
    return _workspace(names, f"phase-{number}") | {
        "variable": {"run_id": {"type": "string"}, "from_phase": {"type": "number"}},
        "resource": {
            "aws_ssm_parameter": {
                "features": {
                    "name": names.features_parameter,
                    "type": "String",
                    "insecure_value": json.dumps(value),
                    "overwrite": True,
                    "lifecycle": {"postcondition": [gate]},
                }
            }
        },
    }
