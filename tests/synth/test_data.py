"""The workspace `data`: keys, the database, logins without values, and the evidence."""

from __future__ import annotations

import json

import pytest

from tests.synth.workspaces import Json, Synthesized, Workspace

GUARDED = {"prevent_destroy": True}
PURPOSES = ("backup", "database", "evidence", "secrets")


@pytest.fixture
def data(production: Synthesized) -> Workspace:
    return production["data"]


@pytest.fixture
def cluster(data: Workspace) -> Json:
    return data.resource("aws_rds_cluster.database_cluster")


def instances(data: Workspace) -> dict[str, Json]:
    return data.resources("aws_rds_cluster_instance")


def parameters(data: Workspace) -> dict[str, str]:
    group = data.resource("aws_rds_cluster_parameter_group.database_parameters")
    return {one["name"]: one["value"] for one in group["parameter"]}


def test_each_purpose_has_a_key_that_rotates_and_cannot_be_destroyed(data: Workspace) -> None:
    keys = data.resources("aws_kms_key")
    assert set(keys) == {f"{purpose}_key_key" for purpose in PURPOSES}
    for key in keys.values():
        assert key["enable_key_rotation"] is True
        assert key["deletion_window_in_days"] == 30
        assert key["lifecycle"] == GUARDED
    aliases = {alias["name"] for alias in data.resources("aws_kms_alias").values()}
    assert aliases == {f"alias/payshift-production-{purpose}" for purpose in PURPOSES}


@pytest.mark.parametrize(
    ("purpose", "services"),
    [
        ("backup", {"backup"}),
        ("database", {"rds"}),
        ("evidence", {"s3"}),
        ("secrets", {"rds", "secretsmanager"}),
    ],
)
def test_the_accounts_roles_use_a_key_only_by_way_of_its_services(
    data: Workspace, purpose: str, services: set[str]
) -> None:
    policy = data.resource(f"aws_kms_key.{purpose}_key_key")["policy"]
    by_way = set()
    for statement in json.loads(policy)["Statement"]:
        uses = {"kms:Decrypt", "kms:CreateGrant", "kms:*"} & set(statement["Action"])
        if uses and "AWS" in statement["Principal"]:
            by_way.add(statement["Condition"]["StringEquals"]["kms:ViaService"])
    assert by_way == {f"{service}.us-east-2.amazonaws.com" for service in services}


def test_the_database_is_private_encrypted_and_guarded(data: Workspace, cluster: Json) -> None:
    assert cluster["storage_encrypted"] is True
    assert cluster["kms_key_id"] == "${aws_kms_key.database_key_key.arn}"
    assert cluster["deletion_protection"] is True
    assert cluster["lifecycle"] == GUARDED
    assert cluster["skip_final_snapshot"] is False
    assert cluster["final_snapshot_identifier"] == "payshift-production-final"
    for instance in instances(data).values():
        assert instance["publicly_accessible"] is False
        assert instance["lifecycle"] == GUARDED
    subnets = data.resource("aws_db_subnet_group.database_subnets")
    assert subnets["subnet_ids"] == "${data.aws_subnets.network_data.ids}"


def test_writer_and_reader_stand_in_different_zones(data: Workspace) -> None:
    placed = {name: one["availability_zone"] for name, one in instances(data).items()}
    assert placed == {"database_writer": "us-east-2a", "database_reader": "us-east-2b"}
    assert {one["instance_class"] for one in instances(data).values()} == {"db.r6g.large"}


def test_the_database_is_aurora_postgresql_14(cluster: Json) -> None:
    assert (cluster["engine"], cluster["engine_version"]) == ("aurora-postgresql", "14.18")


def test_no_major_version_comes_by_itself(cluster: Json) -> None:
    # fact: without extended support AWS upgrades after 28 February 2027, and slots do not survive
    assert cluster["engine_lifecycle_support"] == "open-source-rds-extended-support"
    assert not cluster.get("allow_major_version_upgrade")


def test_backups_are_kept_as_long_as_the_settings_say(cluster: Json) -> None:
    assert cluster["backup_retention_period"] == 35
    assert cluster["delete_automated_backups"] is False
    assert cluster["copy_tags_to_snapshot"] is True


def test_connections_need_tls_of_today(data: Workspace) -> None:
    assert parameters(data)["rds.force_ssl"] == "1"
    assert parameters(data)["ssl_min_protocol_version"] == "TLSv1.2"


def test_the_way_back_is_prepared_by_logical_replication(data: Workspace) -> None:
    assert parameters(data)["rds.logical_replication"] == "1"
    assert int(parameters(data)["max_replication_slots"]) >= 2
    group = data.resource("aws_rds_cluster_parameter_group.database_parameters")
    (static,) = (one for one in group["parameter"] if one["name"] == "rds.logical_replication")
    assert static["apply_method"] == "pending-reboot"


def test_the_log_tells_who_came_and_what_changed_the_schema(data: Workspace, cluster: Json) -> None:
    wanted = {"log_connections": "1", "log_disconnections": "1", "log_statement": "ddl"}
    assert wanted.items() <= parameters(data).items()
    assert cluster["enabled_cloudwatch_logs_exports"] == ["postgresql"]
    assert cluster["depends_on"] == ["aws_cloudwatch_log_group.database_log"]
    log = data.resource("aws_cloudwatch_log_group.database_log")
    assert log["name"] == "/aws/rds/cluster/payshift-production/postgresql"
    assert log["retention_in_days"] == 365
    assert log["kms_key_id"] == "${aws_kms_key.database_key_key.arn}"


def test_roles_can_log_in_by_iam(cluster: Json) -> None:
    assert cluster["iam_database_authentication_enabled"] is True


def test_rds_keeps_the_masters_password_and_nothing_else_knows_it(
    data: Workspace, cluster: Json
) -> None:
    assert cluster["manage_master_user_password"] is True
    assert cluster["master_user_secret_kms_key_id"] == "${aws_kms_key.secrets_key_key.arn}"
    assert "master_password" not in data.text


def test_instances_are_watched_and_prove_who_they_are(data: Workspace) -> None:
    for instance in instances(data).values():
        assert instance["performance_insights_enabled"] is True
        key = "${aws_kms_key.database_key_key.arn}"
        assert instance["performance_insights_kms_key_id"] == key
        assert instance["monitoring_interval"] == 60
        assert instance["monitoring_role_arn"] == "${aws_iam_role.database_monitoring_role.arn}"
        assert instance["ca_cert_identifier"] == "rds-ca-rsa2048-g1"
        assert instance["auto_minor_version_upgrade"] is True


def test_only_app_and_data_reach_the_database_and_it_reaches_nothing(data: Workspace) -> None:
    rules = data.resources("aws_vpc_security_group_ingress_rule").values()
    blocks = {
        *(f"10.0.{third}.0/20" for third in (16, 32, 48)),
        *(f"10.0.{third}.0/24" for third in (64, 65, 66)),
    }
    assert {(one["cidr_ipv4"], one["from_port"], one["to_port"]) for one in rules} == {
        (block, 5432, 5432) for block in blocks
    }
    assert "aws_vpc_security_group_egress_rule" not in data.kinds()


def test_each_role_has_a_login_at_each_site_without_a_value_and_guarded(data: Workspace) -> None:
    secrets = data.resources("aws_secretsmanager_secret").values()
    assert {secret["name"] for secret in secrets} == {
        f"payshift/production/{site}/{role}"
        for site in ("legacy", "aws")
        for role in ("app", "migration", "replication", "rotation")
    }
    for secret in secrets:
        assert secret["kms_key_id"] == "${aws_kms_key.secrets_key_key.arn}"
        assert secret["recovery_window_in_days"] == 30
        assert secret["lifecycle"] == GUARDED
    assert "aws_secretsmanager_secret_version" not in data.kinds()


def test_the_evidence_bucket_is_versioned_encrypted_closed_and_guarded(data: Workspace) -> None:
    bucket = data.resource("aws_s3_bucket.evidence_bucket")
    assert bucket["bucket"] == "payshift-production-evidence-123456789012"
    assert bucket["lifecycle"] == GUARDED
    versioning = data.resource("aws_s3_bucket_versioning.evidence_versioning")
    assert versioning["versioning_configuration"] == {"status": "Enabled"}
    encryption = "aws_s3_bucket_server_side_encryption_configuration.evidence_encryption"
    (rule,) = data.resource(encryption)["rule"]
    assert rule["apply_server_side_encryption_by_default"] == {
        "kms_master_key_id": "${aws_kms_key.evidence_key_key.arn}",
        "sse_algorithm": "aws:kms",
    }
    closed = data.resource("aws_s3_bucket_public_access_block.evidence_closed")
    switches = {name: value for name, value in closed.items() if isinstance(value, bool)}
    assert len(switches) == 4
    assert all(switches.values())


def test_evidence_cannot_be_deleted_before_its_time(data: Workspace) -> None:
    assert data.resource("aws_s3_bucket.evidence_bucket")["object_lock_enabled"] is True
    lock = data.resource("aws_s3_bucket_object_lock_configuration.evidence_lock")
    assert lock["rule"] == {"default_retention": {"days": 365, "mode": "GOVERNANCE"}}


def test_only_replaced_bundles_are_ever_forgotten(data: Workspace) -> None:
    lifecycle = data.resource("aws_s3_bucket_lifecycle_configuration.evidence_lifecycle")
    expiring = [
        rule
        for rule in lifecycle["rule"]
        if {"expiration", "noncurrent_version_expiration"} & rule.keys()
    ]
    (rule,) = expiring
    assert rule["filter"] == [{"prefix": "bundles/"}]
    assert rule["expiration"] == [{"expired_object_delete_marker": True}]


def test_the_evidence_bucket_refuses_plain_text(data: Workspace) -> None:
    policy = data.resource("aws_s3_bucket_policy.evidence_policy")["policy"]
    (statement,) = json.loads(policy)["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", {"AWS": "*"})
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
