"""The bootstrap with real Terraform: from nothing, again, after its first calls, and refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.errors import PayshiftError, Refused
from tests.pipeline.account import Account, empty_account, synthesized
from tests.pipeline.conftest import make_bucket

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1_200)]

TAGS = [
    {"Key": "environment", "Value": "boot"},
    {"Key": "workspace", "Value": "bootstrap"},
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesized(tmp_path_factory.mktemp("bootstrap"))


@pytest.fixture
def account(tmp_path: Path, source: Path, aws_variables: dict[str, str]) -> Iterator[Account]:
    endpoint = aws_variables["AWS_ENDPOINT_URL"]
    with empty_account(tmp_path, source=source, endpoint=endpoint) as found:
        yield found


def make_state_bucket(account: Account) -> str:
    bucket = account.target.names.state_bucket
    make_bucket(account.look.s3, bucket)
    return bucket


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


def test_a_role_of_dms_that_the_account_has_already_is_not_taken(account: Account) -> None:
    account.look.iam.create_role(RoleName="dms-vpc-role", AssumeRolePolicyDocument="{}")
    with pytest.raises(Refused, match=r"write replication\.owns_account_roles: false"):
        account.run()
    assert not account.look.bucket_exists()
