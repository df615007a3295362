"""What the local AWS API answers about what a backup plan copies, which moto has none of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.local.world import World

pytestmark = pytest.mark.slow

SELECTION = {
    "SelectionName": "database",
    "IamRoleArn": "arn:aws:iam::123456789012:role/backup",
    "Resources": ["arn:aws:rds:us-east-2:123456789012:cluster:payments"],
}


@pytest.fixture
def backup(world: World) -> Any:
    return world.client("backup")


@pytest.fixture
def plan(backup: Any) -> Iterator[str]:
    rule = {"RuleName": "daily", "TargetBackupVaultName": "vault"}
    made = backup.create_backup_plan(BackupPlan={"BackupPlanName": "plan", "Rules": [rule]})
    yield made["BackupPlanId"]
    backup.delete_backup_plan(BackupPlanId=made["BackupPlanId"])


def test_a_plan_remembers_what_it_copies_until_that_is_taken_away(backup: Any, plan: str) -> None:
    made = backup.create_backup_selection(BackupPlanId=plan, BackupSelection=SELECTION)
    place = {"BackupPlanId": plan, "SelectionId": made["SelectionId"]}
    assert backup.get_backup_selection(**place)["BackupSelection"] == SELECTION
    assert backup.get_backup_plan(BackupPlanId=plan)["BackupPlanId"] == plan

    backup.delete_backup_selection(**place)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        backup.get_backup_selection(**place)


def test_nothing_is_selected_for_a_plan_that_does_not_exist(backup: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        backup.create_backup_selection(BackupPlanId="nowhere", BackupSelection=SELECTION)


@pytest.mark.parametrize("end", ["", "/"])
def test_tags_are_told_with_and_without_a_slash_at_the_end(
    backup: Any, world: World, end: str
) -> None:
    name = f"vault{len(end)}"
    made = backup.create_backup_vault(BackupVaultName=name, BackupVaultTags={"owner": "payments"})
    signed = "Credential=local/20260101/us-east-2/backup/aws4_request, SignedHeaders=host"
    found = requests.get(
        f"{world.endpoint}/tags/{made['BackupVaultArn'].replace(':', '%3A')}{end}",
        headers={"Authorization": f"AWS4-HMAC-SHA256 {signed}, Signature=0"},
        timeout=5,
    )
    assert found.json() == {"Tags": {"owner": "payments"}}
    backup.delete_backup_vault(BackupVaultName=name)
