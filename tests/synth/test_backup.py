"""The daily copies of the database: where they lie, for how long, and who may make them."""

from __future__ import annotations

import json

import pytest

from app.config.names import ROLE_BOUNDARY
from tests.synth.workspaces import Synthesized, Workspace

CLUSTER = "${aws_rds_cluster.database_cluster.arn}"
COPIES = "arn:aws:rds:us-east-2:123456789012:cluster-snapshot:awsbackup:*"
POLICY = "aws_iam_role_policy.backup_role_policy"


@pytest.fixture(scope="module")
def data(production: Synthesized) -> Workspace:
    return production["data"]


def test_the_vault_has_a_key_of_its_own_and_cannot_be_destroyed(data: Workspace) -> None:
    vault = data.resource("aws_backup_vault.backup_vault")
    assert vault["name"] == "payshift-production-database"
    assert vault["kms_key_arn"] == "${aws_kms_key.backup_key_key.arn}"
    assert vault["lifecycle"] == {"prevent_destroy": True}


def test_no_copy_is_taken_from_the_vault_before_its_time(data: Workspace) -> None:
    lock = data.resource("aws_backup_vault_lock_configuration.backup_lock")
    assert lock["backup_vault_name"] == "${aws_backup_vault.backup_vault.name}"
    assert lock["min_retention_days"] == 35
    assert "changeable_for_days" not in lock  # with it, nobody could ever lift the lock


def test_a_copy_a_day_is_kept_for_35_days(data: Workspace) -> None:
    (rule,) = data.resource("aws_backup_plan.backup_plan")["rule"]
    assert rule["schedule"] == "cron(0 11 * * ? *)"
    assert rule["lifecycle"] == {"delete_after": 35}
    assert rule["target_vault_name"] == "${aws_backup_vault.backup_vault.name}"
    assert rule["start_window"] + rule["completion_window"] < 24 * 60


def test_the_plan_copies_the_cluster_by_its_name_and_nothing_else(data: Workspace) -> None:
    selection = data.resource("aws_backup_selection.backup_selection")
    assert selection["plan_id"] == "${aws_backup_plan.backup_plan.id}"
    assert selection["resources"] == [CLUSTER]
    assert "selection_tag" not in selection
    assert selection["iam_role_arn"] == "${aws_iam_role.backup_role_role.arn}"
    assert selection["depends_on"] == [POLICY]


def test_the_role_is_for_aws_backup_of_this_account_within_the_boundary(data: Workspace) -> None:
    role = data.resource("aws_iam_role.backup_role_role")
    assert role["permissions_boundary"] == ROLE_BOUNDARY
    (trust,) = json.loads(role["assume_role_policy"])["Statement"]
    assert trust["Principal"] == {"Service": "backup.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_the_role_copies_this_database_and_deletes_copies_only(data: Workspace) -> None:
    found = data.statements(POLICY)
    for statement in found.values():
        if any(action.startswith("rds:") for action in statement["Action"]):
            assert set(statement["Resource"]) <= {CLUSTER, COPIES}
        if any("Delete" in action for action in statement["Action"]):
            assert statement["Resource"] == [COPIES]
    assert {"rds:CreateDBClusterSnapshot", "rds:DescribeDBClusters"} <= set(
        found["CopyDatabase"]["Action"]
    )
    assert found["FillVault"]["Resource"] == ["${aws_backup_vault.backup_vault.arn}"]


def test_copies_are_sealed_with_the_databases_key_by_way_of_rds(data: Workspace) -> None:
    seal = data.statements(POLICY)["SealCopies"]
    assert seal["Action"] == ["kms:CreateGrant"]
    assert seal["Resource"] == ["${aws_kms_key.database_key_key.arn}"]
    assert seal["Condition"] == {
        "Bool": {"kms:GrantIsForAWSResource": "true"},
        "StringEquals": {"kms:ViaService": "rds.us-east-2.amazonaws.com"},
    }
