"""What Aurora, DMS, keys, secrets and stores cost, computed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.pipeline.cost.prices import Unpriced
from app.pipeline.cost.resource import Unresolvable
from tests.pipeline.cost.billing import Resources, bill

CLUSTER = {
    "engine": "aurora-postgresql",
    "manage_master_user_password": True,
    "enabled_cloudwatch_logs_exports": ["postgresql"],
}


def aurora(**cluster: object) -> Resources:
    instance = {
        "cluster_identifier": "${aws_rds_cluster.payments.id}",
        "engine": "${aws_rds_cluster.payments.engine}",
        "instance_class": "db.r6g.large",
        "monitoring_interval": 60,
    }
    return {
        "aws_rds_cluster": {"payments": {**CLUSTER, **cluster}},
        "aws_rds_cluster_instance": {"writer": instance, "reader": instance},
    }


def test_a_cluster_of_two_costs_two_instances_and_one_volume(tmp_path: Path) -> None:
    assert bill(tmp_path, aurora()) == {
        "aws_rds_cluster.payments: storage": 60.0,  # (500 + 10 * 10) GB * 0.10
        "aws_rds_cluster.payments: I/O": 7.3,  # 730,000 * 50 = 36.5 million * 0.20
        "aws_rds_cluster.payments: backups": 4.2,  # 200 GB * 0.021
        "aws_rds_cluster.payments: data between zones": 6.0,  # 300 GB * 2 sides * 0.01
        "aws_rds_cluster.payments: master password": 0.40,
        "aws_rds_cluster.payments: log export": 4.0,  # 8 GB * 0.50
        "aws_rds_cluster_instance.writer: instance db.r6g.large": 189.80,  # 730 * 0.26
        "aws_rds_cluster_instance.reader: instance db.r6g.large": 189.80,
        # 43,800 samples * 10 KB = 0.438 GB * 0.50
        "aws_rds_cluster_instance.writer: enhanced monitoring": 0.219,
        "aws_rds_cluster_instance.reader: enhanced monitoring": 0.219,
    }


def test_an_optimized_cluster_pays_for_no_io_but_more_for_the_rest(tmp_path: Path) -> None:
    found = bill(tmp_path, aurora(storage_type="aurora-iopt1"))
    assert "aws_rds_cluster.payments: I/O" not in found
    assert found["aws_rds_cluster.payments: storage"] == 135.0  # 600 GB * 0.225
    assert found["aws_rds_cluster_instance.writer: instance db.r6g.large"] == 246.74


def test_a_class_without_a_price_is_an_error(tmp_path: Path) -> None:
    resources = aurora()
    resources["aws_rds_cluster_instance"]["writer"]["instance_class"] = "db.x2g.16xlarge"
    with pytest.raises(Unpriced) as refusal:
        bill(tmp_path, resources)
    assert "has no aurora_db.x2g.16xlarge_hour" in refusal.value.message
    assert refusal.value.exit_code == 2


def test_a_class_that_only_an_apply_knows_is_an_error(tmp_path: Path) -> None:
    resources = aurora()
    resources["aws_rds_cluster_instance"]["writer"]["instance_class"] = "${var.size}"
    with pytest.raises(Unresolvable, match=r"instance_class is '\$\{var\.size\}'"):
        bill(tmp_path, resources)


def test_another_engine_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Unpriced, match="the engine is aurora-mysql"):
        bill(tmp_path, {"aws_rds_cluster": {"payments": {"engine": "aurora-mysql"}}})


def test_long_performance_insights_are_an_error(tmp_path: Path) -> None:
    resources = aurora()
    for one in resources["aws_rds_cluster_instance"].values():
        one["performance_insights_retention_period"] = 731
    with pytest.raises(Unpriced, match="kept for 731 days"):
        bill(tmp_path, resources)


def test_advanced_database_insights_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(Unpriced, match="Database Insights is advanced"):
        bill(tmp_path, aurora(database_insights_mode="advanced"))


@pytest.mark.parametrize(
    ("properties", "instance_usd", "storage_usd"),
    [
        # 2 * 730 * 0.154; 100 GB are included
        ({"replication_instance_class": "dms.c5.large", "multi_az": True,
          "allocated_storage": 100}, 224.84, 0.0),
        # 2 * (300 - 100) * 0.115
        ({"replication_instance_class": "dms.c5.large", "multi_az": True,
          "allocated_storage": 300}, 224.84, 46.0),
        # 730 * 0.073; (100 - 50) * 0.115
        ({"replication_instance_class": "dms.t3.medium", "multi_az": False,
          "allocated_storage": 100}, 53.29, 5.75),
    ],
)  # fmt: skip
def test_a_replication_instance_costs_twice_in_two_zones(
    tmp_path: Path, properties: dict[str, object], instance_usd: float, storage_usd: float
) -> None:
    found = bill(tmp_path, {"aws_dms_replication_instance": {"dms": properties}})
    kind = properties["replication_instance_class"]
    assert found == {
        f"aws_dms_replication_instance.dms: instance {kind}": instance_usd,
        "aws_dms_replication_instance.dms: storage above the included": storage_usd,
    }


def test_tasks_share_the_log_of_replication(tmp_path: Path) -> None:
    found = bill(tmp_path, {"aws_dms_replication_task": {"forward": {}, "reverse": {}}})
    assert set(found.values()) == {1.0}  # 4 GB ÷ 2 * 0.50


def test_a_key_costs_itself_its_rotations_and_its_requests(tmp_path: Path) -> None:
    keys = {"database": {"enable_key_rotation": True}, "plain": {}}
    assert bill(tmp_path, {"aws_kms_key": keys}) == {
        "aws_kms_key.database: key": 1.0,
        "aws_kms_key.database: rotated key material": 1.0,
        "aws_kms_key.database: requests": 3.0,  # 2,000,000 ÷ 2 keys ÷ 10,000 * 0.03
        "aws_kms_key.plain: key": 1.0,
        "aws_kms_key.plain: rotated key material": 0.0,
        "aws_kms_key.plain: requests": 3.0,
    }


def test_a_secret_costs_itself_and_its_reads(tmp_path: Path) -> None:
    found = bill(tmp_path, {"aws_secretsmanager_secret": {"app": {}, "migration": {}}})
    assert found["aws_secretsmanager_secret.app: secret"] == 0.40
    assert found["aws_secretsmanager_secret.app: reads"] == 0.25  # 50,000 ÷ 10,000 * 0.05


def test_buckets_and_repositories_cost_what_is_kept(tmp_path: Path) -> None:
    resources: Resources = {
        "aws_s3_bucket": {"state": {}, "evidence": {}},
        "aws_ecr_repository": {"images": {}},
    }
    assert bill(tmp_path, resources) == {
        "aws_s3_bucket.state: objects": 1.15,  # 50 GB * 0.023
        "aws_s3_bucket.state: writes": 0.5,  # 100 thousand * 0.005
        "aws_s3_bucket.evidence: objects": 1.15,
        "aws_s3_bucket.evidence: writes": 0.5,
        "aws_ecr_repository.images: images": 2.0,  # 20 GB * 0.10
    }


def test_a_bucket_that_reports_its_writes_costs_the_events(tmp_path: Path) -> None:
    notifications = {"state": {"eventbridge": True}, "quiet": {"eventbridge": False}}
    found = bill(tmp_path, {"aws_s3_bucket_notification": notifications})
    assert found == {"aws_s3_bucket_notification.state: events": 0.1}  # 100,000 of a million * 1


def test_a_standard_parameter_costs_nothing_and_another_tier_is_an_error(tmp_path: Path) -> None:
    assert bill(tmp_path / "a", {"aws_ssm_parameter": {"features": {"type": "String"}}}) == {}
    with pytest.raises(Unpriced, match="its tier is Advanced"):
        bill(tmp_path / "b", {"aws_ssm_parameter": {"features": {"tier": "Advanced"}}})


def copied(*, days: object, kept: int = 35) -> Resources:
    rule = {"rule_name": "daily", "lifecycle": {"delete_after": days}}
    return {
        **aurora(backup_retention_period=kept),
        "aws_backup_plan": {"plan": {"name": "database", "rule": [rule]}},
        "aws_backup_vault": {"vault": {}},
    }


@pytest.mark.parametrize(
    ("days", "kept", "usd"),
    [
        (35, 35, 0.0),  # each day is still among Aurora's own backups
        (90, 35, 693.0),  # 55 whole copies of 600 GB * 0.021
        (35, 7, 352.8),  # 28 of them
    ],
)
def test_copies_cost_from_the_day_that_aurora_itself_forgets(
    tmp_path: Path, days: int, kept: int, usd: float
) -> None:
    found = bill(tmp_path, copied(days=days, kept=kept))
    assert found["aws_backup_plan.plan: copies of daily"] == usd


def test_copies_that_are_kept_for_ever_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(Unpriced, match="copies are kept for ever"):
        bill(tmp_path, copied(days=None))
