"""The bootstrap with real Terraform: from nothing, again, after its first calls, and refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.errors import PayshiftError, Refused
from app.pipeline.bootstrap.next_steps import next_steps
from tests.pipeline.account import Account, empty_account, strict_aws, synthesized
from tests.pipeline.conftest import make_bucket

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1_200)]

TAGS = [
    {"Key": "environment", "Value": "boot"},
    {"Key": "workspace", "Value": "bootstrap"},
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesized(tmp_path_factory.mktemp("bootstrap"))


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with strict_aws(tmp_path_factory.mktemp("cloud")) as found:
        yield found


@pytest.fixture
def account(tmp_path: Path, source: Path, endpoint: str) -> Iterator[Account]:
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
    key = account.look.kms.describe_key(KeyId=by_default["KMSMasterKeyID"])["KeyMetadata"]
    assert key["Description"] == "Terraform states"
    closed = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert all(closed.values())
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    state = json.loads(
        s3.get_object(Bucket=bucket, Key="workspaces/bootstrap.tfstate")["Body"].read()
    )
    assert "aws_s3_bucket" in {one["type"] for one in state["resources"]}
    account.assert_complete()
    assert_tells_what_is_there(account, done.told)


def assert_tells_what_is_there(account: Account, told: Mapping[str, Any]) -> None:
    """What the outputs say is what Route 53 and ECR say, and people are told all of it."""
    look, environment = account.look, account.target.environment
    (zone,) = look.route53.list_hosted_zones()["HostedZones"]
    servers = look.route53.get_hosted_zone(Id=zone["Id"])["DelegationSet"]["NameServers"]
    (signing,) = look.route53.get_dnssec(HostedZoneId=zone["Id"])["KeySigningKeys"]
    (repository,) = look.ecr.describe_repositories()["repositories"]
    assert zone["Name"] == f"{environment.dns.zone}."
    assert told == {
        "name_servers": sorted(servers),
        "ds_record": signing["DSRecord"],
        "image_repository": repository["repositoryUri"],
    }
    # fact: the functions name the repository without asking for it
    assert repository["repositoryUri"] == account.target.names.image_repository_url
    lines = next_steps(environment, told=told)
    for line in (*servers, signing["DSRecord"], repository["repositoryUri"]):
        assert f"  {line}" in lines


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
        Description="Terraform states",
        Tags=[{"TagKey": one["Key"], "TagValue": one["Value"]} for one in TAGS],
    )["KeyMetadata"]["KeyId"]
    account.run()
    # Images, the zone's signatures and its log have the others.
    assert len(account.keys()) == 4
    assert account.keys()[0] == key
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


def test_a_zone_of_that_name_that_is_not_ours_is_refused(account: Account) -> None:
    route53, zone = account.look.route53, account.target.environment.dns.zone
    made = route53.create_hosted_zone(Name=zone, CallerReference="theirs")["HostedZone"]["Id"]
    record = {"Name": zone, "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"theirs"'}]}
    batch: Any = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=made, ChangeBatch=batch)
    with pytest.raises(Refused, match=f"the zone {zone} exists and is not ours"):
        account.run()
    # fact: Route 53 would have made a second zone of the name
    assert len(route53.list_hosted_zones()["HostedZones"]) == 1


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
