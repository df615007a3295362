"""The bootstrap with real Terraform: from nothing, again, after a crash, and refused."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from moto.core.config import default_user_config as moto_config
from moto.iam.access_control import IAMPolicyStatement
from moto.s3.responses import S3Response

from app.config.loading import load_environment
from app.errors import PayshiftError, Refused
from app.local.cloud import policies, s3
from app.main import synthesize
from app.pipeline import aws
from app.pipeline.bootstrap.found import Look
from app.pipeline.bootstrap.run import STATE, Bootstrapped, bootstrap
from app.pipeline.target import Target
from app.pipeline.terraform import Terraform
from app.pipeline.terraform_messages import PlanSummary
from app.pipeline.workspaces import Workspaces
from tests.pipeline.conftest import make_bucket
from tests.unit.phase_files import write_phases

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1_200)]

ENVIRONMENT = load_environment("local").model_copy(update={"name": "boot"})
TAGS = [
    {"Key": "environment", "Value": "boot"},
    {"Key": "workspace", "Value": "bootstrap"},
]


class Crashed(Exception):
    """Stands for the end of the process at this point."""


@dataclass
class Account:
    """An empty account, and a working directory."""

    target: Target
    source: Path
    look: Look
    said: list[str] = field(default_factory=list)

    @property
    def work(self) -> Path:
        """The bootstrap's working directory."""
        return self.target.work / "bootstrap"

    def run(self, *, agree: Callable[[PlanSummary], bool] = lambda _plan: True) -> Bootstrapped:
        """Run the bootstrap as a new process would."""
        return bootstrap(
            Terraform.find(build=self.target.build / "terraform"),
            Workspaces(self.source, self.target.work),
            look=self.look,
            agree=agree,
            progress=self.said.append,
        )

    def assert_complete(self) -> None:
        """The state is in the bucket and nowhere else, and there is nothing left to do."""
        assert list(self.work.glob(f"{STATE}*")) == []
        assert self.look.state_is_in_the_bucket()
        again = self.run()
        assert again.plan.empty
        assert not again.moved

    def keys(self) -> list[str]:
        """Every KMS key that is not AWS's own."""
        kms = self.look.kms
        found = [one["KeyId"] for one in kms.list_keys()["Keys"]]
        return [
            key
            for key in found
            if kms.describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] == "CUSTOMER"
        ]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("bootstrap")
    write_phases(directory / "phases")
    synthesize(environment=ENVIRONMENT, phases=directory / "phases", output=directory / "out")
    return directory / "out"


@pytest.fixture
def account(
    tmp_path: Path,
    source: Path,
    aws_variables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Account:
    monkeypatch.setitem(moto_config["iam"], "load_aws_managed_policies", True)  # noqa: FBT003  # its own signature
    # Undone afterwards: the adapter takes plain HTTP on loopback for TLS, as the bucket demands.
    evaluate = IAMPolicyStatement.is_action_permitted
    monkeypatch.setattr(IAMPolicyStatement, "is_action_permitted", evaluate)
    policies.adapt()
    monkeypatch.setattr(S3Response, "get_bucket_notification", S3Response.get_bucket_notification)
    s3.adapt()
    endpoint = aws_variables["AWS_ENDPOINT_URL"]
    # moto keeps one world a process: what other tests made in it must go first.
    reset = urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")  # noqa: S310  # loopback
    urllib.request.urlopen(reset, timeout=60).close()  # noqa: S310  # our own loopback server
    target = Target(ENVIRONMENT, tmp_path / "build")
    look = Look(aws.s3(ENVIRONMENT), aws.iam(ENVIRONMENT), aws.kms(ENVIRONMENT), target.names)
    return Account(target, source, look)


def make_state_bucket(account: Account) -> str:
    bucket = account.target.names.state_bucket
    make_bucket(account.look.s3, bucket)
    return bucket


def run_until_the_move(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Apply everything, and die before the state is moved in."""

    def crash(*_arguments: object, **_more: object) -> None:
        raise Crashed

    with monkeypatch.context() as patched:
        patched.setattr(Terraform, "migrate", crash)
        with pytest.raises(Crashed):
            account.run()


def test_from_nothing_the_bucket_is_made_and_the_state_moves_in(account: Account) -> None:
    done = account.run()
    assert done.moved
    assert done.plan.add > 10
    s3, bucket = account.look.s3, account.target.names.state_bucket
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    by_default = rules[0]["ApplyServerSideEncryptionByDefault"]
    assert by_default["SSEAlgorithm"] == "aws:kms"
    assert by_default["KMSMasterKeyID"].endswith(account.keys()[0])
    closed = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert all(closed.values())
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    state = json.loads(
        s3.get_object(Bucket=bucket, Key="workspaces/bootstrap.tfstate")["Body"].read()
    )
    assert "aws_s3_bucket" in {one["type"] for one in state["resources"]}
    account.assert_complete()


def test_a_plan_that_nobody_agrees_to_changes_nothing(account: Account) -> None:
    with pytest.raises(Refused, match="not agreed"):
        account.run(agree=lambda _plan: False)
    assert not account.look.bucket_exists()
    assert account.keys() == []


def test_a_run_that_died_before_the_move_is_taken_up(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_until_the_move(account, monkeypatch)
    assert (account.work / STATE).is_file()
    done = account.run()
    assert done.moved
    assert done.plan.empty
    account.assert_complete()


def test_a_run_whose_state_was_lost_takes_over_what_it_made(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_until_the_move(account, monkeypatch)
    shutil.rmtree(account.work)
    keys = account.keys()
    assert account.run().moved
    assert account.keys() == keys
    account.assert_complete()


def test_a_run_that_died_after_its_first_calls_takes_over_what_they_made(account: Account) -> None:
    make_state_bucket(account)
    key = account.look.kms.create_key(
        # What AWS takes for granted and moto leaves out.
        KeyUsage="ENCRYPT_DECRYPT",
        MultiRegion=False,
        Tags=[{"TagKey": one["Key"], "TagValue": one["Value"]} for one in TAGS],
    )["KeyMetadata"]["KeyId"]
    account.run()
    assert account.keys() == [key]
    assert "aws_s3_bucket.state_bucket: exists, is taken over" in account.said
    account.assert_complete()


def test_a_bucket_with_something_in_it_that_is_not_ours_is_refused(account: Account) -> None:
    bucket = make_state_bucket(account)
    account.look.s3.put_object(Bucket=bucket, Key="theirs", Body=b"")
    with pytest.raises(Refused, match="does not carry the tags"):
        account.run()
    assert account.keys() == []


def test_a_bucket_with_the_tags_of_somebody_else_is_refused(account: Account) -> None:
    bucket = make_state_bucket(account)
    tagging: Any = {"TagSet": [{"Key": "environment", "Value": "other"}]}
    account.look.s3.put_bucket_tagging(Bucket=bucket, Tagging=tagging)
    with pytest.raises(PayshiftError, match="is not ours"):
        account.run()


def test_a_role_of_that_name_that_is_not_ours_is_refused(account: Account) -> None:
    name = account.target.names.delivery_role("deliver")
    account.look.iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    with pytest.raises(Refused, match=f"{name} exists and is not ours"):
        account.run()
    assert not account.look.bucket_exists()
