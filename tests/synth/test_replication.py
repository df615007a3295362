"""The workspace `replication`."""

from __future__ import annotations

import hashlib
import json

import pytest

from app.config.authorities import read_authorities
from tests.synth.workspaces import Json, Synthesized, Workspace

ACCOUNT = "123456789012"
STREAMS = ("forward", "reverse", "forward_probe", "reverse_probe")


@pytest.fixture(scope="module")
def replication(production: Synthesized) -> Workspace:
    return production["replication"]


@pytest.fixture(scope="module")
def bootstrap(production: Synthesized) -> Workspace:
    return production["bootstrap"]


def statements(document: str) -> dict[str, Json]:
    return {one["Sid"]: one for one in json.loads(document)["Statement"]}


def settings_of(replication: Workspace, endpoint: str) -> Json:
    found: Json = replication.resource(f"aws_dms_endpoint.endpoints_{endpoint}")
    return dict(found["postgres_settings"])


def test_the_instance_is_private_in_two_zones_and_encrypted(replication: Workspace) -> None:
    instance = replication.resource("aws_dms_replication_instance.replication_instance")
    assert instance["publicly_accessible"] is False
    assert instance["multi_az"] is True
    assert instance["kms_key_arn"] == "${aws_kms_key.key_key.arn}"
    assert instance["engine_version"] == "3.6.1"
    assert (instance["replication_instance_class"], instance["allocated_storage"]) == (
        "dms.c5.large",
        100,
    )


def test_the_key_is_used_by_way_of_dms_and_by_its_log_only(replication: Workspace) -> None:
    key = replication.resource("aws_kms_key.key_key")
    assert key["enable_key_rotation"] is True
    users = [
        (one["Principal"], one["Condition"])
        for one in json.loads(key["policy"])["Statement"]
        if "kms:Decrypt" in one["Action"]
    ]
    log_group = f"arn:aws:logs:us-east-2:{ACCOUNT}:log-group:dms-tasks-payshift-production*"
    assert users == [
        (
            {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            {
                "StringEquals": {
                    "kms:CallerAccount": ACCOUNT,
                    "kms:ViaService": "dms.us-east-2.amazonaws.com",
                }
            },
        ),
        (
            {"Service": "logs.us-east-2.amazonaws.com"},
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_group}},
        ),
    ]


def test_minor_versions_come_in_the_maintenance_window_and_major_ones_never(
    replication: Workspace,
) -> None:
    instance = replication.resource("aws_dms_replication_instance.replication_instance")
    assert instance["auto_minor_version_upgrade"] is True
    assert instance["allow_major_version_upgrade"] is False
    assert instance["apply_immediately"] is False
    assert instance["preferred_maintenance_window"] == "sun:08:00-sun:09:00"


def test_the_instance_lies_beside_the_database(replication: Workspace) -> None:
    group = replication.resource("aws_dms_replication_subnet_group.replication_subnets")
    assert group["subnet_ids"] == "${data.aws_subnets.network_data.ids}"
    tier = replication.json["data"]["aws_subnets"]["network_data"]["filter"][1]
    assert tier == {"name": "tag:tier", "values": ["data"]}


def test_the_instance_reaches_databases_and_logins_and_nothing_reaches_it(
    replication: Workspace,
) -> None:
    assert "aws_vpc_security_group_ingress_rule" not in replication.kinds()
    rules = replication.resources("aws_vpc_security_group_egress_rule").values()
    assert {(one["cidr_ipv4"], one["from_port"], one["to_port"]) for one in rules} == {
        ("192.168.0.0/16", 5432, 5432),
        *((f"10.0.{third}.0/24", 5432, 5432) for third in (64, 65, 66)),
        *((f"10.0.{third}.0/20", 443, 443) for third in (16, 32, 48)),
    }


def test_the_log_of_the_tasks_has_a_retention_and_the_key(replication: Workspace) -> None:
    group = replication.resource("aws_cloudwatch_log_group.replication_logs")
    assert group["name"] == "dms-tasks-payshift-production"
    assert group["retention_in_days"] == 365
    assert group["kms_key_id"] == "${aws_kms_key.key_key.arn}"
    instance = replication.resource("aws_dms_replication_instance.replication_instance")
    assert "aws_cloudwatch_log_group.replication_logs" in instance["depends_on"]


def test_every_connection_is_tls_verified_down_to_the_name(replication: Workspace) -> None:
    endpoints = replication.resources("aws_dms_endpoint")
    assert len(endpoints) == 6
    for name, endpoint in endpoints.items():
        site = name.split("_")[1]
        assert endpoint["ssl_mode"] == "verify-full"
        certificate = f"${{aws_dms_certificate.endpoints_authority_{site}.certificate_arn}}"
        assert endpoint["certificate_arn"] == certificate
        assert endpoint["kms_key_arn"] == "${aws_kms_key.key_key.arn}"


def test_each_site_is_trusted_by_its_own_authority(replication: Workspace) -> None:
    certificates = replication.resources("aws_dms_certificate")
    assert {name: one["certificate_pem"] for name, one in certificates.items()} == {
        "endpoints_authority_legacy": read_authorities("data-centre-example.pem"),
        "endpoints_authority_aws": read_authorities("aws-us-east-2.pem"),
    }


def test_another_authority_is_another_certificate_made_before_the_old_one_goes(
    replication: Workspace,
) -> None:
    """DMS deletes none that an endpoint uses, and changes no endpoint of a running task."""
    for name, one in replication.resources("aws_dms_certificate").items():
        digest = hashlib.sha256(one["certificate_pem"].encode()).hexdigest()
        site = name.removeprefix("endpoints_authority_")
        assert one["certificate_id"] == f"payshift-production-{site}-{digest[:12]}"
        assert one["lifecycle"] == {"create_before_destroy": True}
    for endpoint in replication.resources("aws_dms_endpoint").values():
        assert endpoint["pause_replication_tasks"] is True


def test_logins_come_from_secrets_manager_and_never_from_terraform(
    replication: Workspace,
) -> None:
    found = replication.json["data"]["aws_secretsmanager_secret"]
    assert {one["name"] for one in found.values()} == {
        f"payshift/production/{site}/replication" for site in ("legacy", "aws")
    }
    for name, endpoint in replication.resources("aws_dms_endpoint").items():
        site = name.split("_")[1]
        # fact: a part of an ARN is refused at times, so it is looked up with its last characters
        assert found[f"endpoints_login_{site}"]["name"] == f"payshift/production/{site}/replication"
        assert endpoint["secrets_manager_arn"] == (
            f"${{data.aws_secretsmanager_secret.endpoints_login_{site}.arn}}"
        )
        assert endpoint["secrets_manager_access_role_arn"] == "${aws_iam_role.logins_role.arn}"
        assert {"username", "password", "server_name"} & set(endpoint) == set()


def test_the_role_for_logins_reads_two_secrets_and_decrypts_by_their_key_only(
    replication: Workspace,
) -> None:
    role = replication.resource("aws_iam_role.logins_role")
    (trust,) = json.loads(role["assume_role_policy"])["Statement"]
    assert trust["Principal"] == {"Service": "dms.us-east-2.amazonaws.com"}
    policy = statements(replication.resource("aws_iam_role_policy.logins_policy")["policy"])
    secrets = f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:payshift/production"
    assert policy["ReadLogins"]["Resource"] == [
        f"{secrets}/{site}/replication-??????" for site in ("legacy", "aws")
    ]
    assert policy["DecryptLogins"]["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/payshift-production-secrets"}
    }


@pytest.mark.parametrize("site", ["legacy", "aws"])
@pytest.mark.parametrize("kind", ["source", "source_probe"])
def test_sources_have_a_slow_heartbeat_and_never_cut_a_value(
    replication: Workspace, site: str, kind: str
) -> None:
    settings = settings_of(replication, f"{site}_{kind}")
    assert settings["heartbeat_enable"] is True
    assert settings["heartbeat_frequency"] == 5
    assert settings["heartbeat_schema"] == "payshift"
    assert settings["fail_tasks_on_lob_truncation"] is True
    assert settings["plugin_name"] == "test-decoding"
    assert settings["capture_ddls"] is False


@pytest.mark.parametrize("site", ["legacy", "aws"])
def test_targets_apply_as_a_replica_so_that_the_fence_lets_rows_through(
    replication: Workspace, site: str
) -> None:
    settings = settings_of(replication, f"{site}_target")
    assert settings["after_connect_script"] == "SET session_replication_role='replica'"


def test_booleans_stay_booleans_at_both_ends(replication: Workspace) -> None:
    for endpoint in replication.resources("aws_dms_endpoint").values():
        assert endpoint["postgres_settings"]["map_boolean_as_boolean"] is True


def test_what_needs_a_slot_of_its_own_has_an_endpoint_of_its_own(
    replication: Workspace,
) -> None:
    endpoints = replication.resources("aws_dms_endpoint").items()
    sources = {n: o["postgres_settings"] for n, o in endpoints if o["endpoint_type"] == "source"}
    assert {name: one.get("slot_name") for name, one in sources.items()} == {
        "endpoints_legacy_source": None,
        "endpoints_aws_source": "payshift_reverse",
        "endpoints_legacy_source_probe": "payshift_probe_forward",
        "endpoints_aws_source_probe": "payshift_probe_reverse",
    }


def test_forward_loads_and_follows_and_everything_else_only_follows(
    replication: Workspace,
) -> None:
    tasks = replication.resources("aws_dms_replication_task")
    ways = {
        name: (one["migration_type"], one["source_endpoint_arn"], one["target_endpoint_arn"])
        for name, one in tasks.items()
    }

    def endpoint(name: str) -> str:
        return f"${{aws_dms_endpoint.endpoints_{name}.endpoint_arn}}"

    assert ways == {
        "task_forward": ("full-load-and-cdc", endpoint("legacy_source"), endpoint("aws_target")),
        "task_reverse": ("cdc", endpoint("aws_source"), endpoint("legacy_target")),
        "task_forward_probe": ("cdc", endpoint("legacy_source_probe"), endpoint("aws_target")),
        "task_reverse_probe": ("cdc", endpoint("aws_source_probe"), endpoint("legacy_target")),
    }


@pytest.mark.parametrize("stream", STREAMS)
def test_tasks_are_started_by_the_engine_and_guarded_against_destruction(
    replication: Workspace, stream: str
) -> None:
    task = replication.resource(f"aws_dms_replication_task.task_{stream}")
    assert task["start_replication_task"] is False
    assert task["lifecycle"]["prevent_destroy"] is True
    assert task["lifecycle"]["ignore_changes"] == [
        "cdc_start_position",
        "cdc_start_time",
        "start_replication_task",
    ]


@pytest.mark.parametrize("stream", STREAMS)
def test_a_tasks_metrics_are_filed_under_a_name_that_is_known_before(
    replication: Workspace, stream: str
) -> None:
    task = replication.resource(f"aws_dms_replication_task.task_{stream}")
    assert task["resource_identifier"] == f"production-{stream.replace('_', '-')}"
    assert len(task["resource_identifier"]) <= 31


def test_the_roles_that_dms_demands_are_guarded_and_only_for_this_account(
    bootstrap: Workspace,
) -> None:
    roles = {name: bootstrap.resource(f"aws_iam_role.dms_{name}") for name in ("network", "logs")}
    assert {one["name"] for one in roles.values()} == {"dms-vpc-role", "dms-cloudwatch-logs-role"}
    for role in roles.values():
        assert role["lifecycle"] == {"prevent_destroy": True}
        (trust,) = json.loads(role["assume_role_policy"])["Statement"]
        assert trust["Principal"] == {"Service": "dms.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_roles_that_dms_demands_change_nothing_but_interfaces_and_its_logs(
    bootstrap: Workspace,
) -> None:
    network = statements(bootstrap.resource("aws_iam_role_policy.dms_network_policy")["policy"])
    assert network["AttachToNetwork"]["Resource"] == [
        f"arn:aws:ec2:us-east-2:{ACCOUNT}:{kind}/*"
        for kind in ("network-interface", "security-group", "subnet")
    ]
    assert all(one.startswith("ec2:Describe") for one in network["SeeNetwork"]["Action"])
    logs = statements(bootstrap.resource("aws_iam_role_policy.dms_logs_policy")["policy"])
    group = f"arn:aws:logs:us-east-2:{ACCOUNT}:log-group:dms-tasks-*"
    assert logs["WriteLogs"]["Resource"] == [group, f"{group}:log-stream:*"]


def test_endpoints_are_made_after_the_right_to_read_their_logins(replication: Workspace) -> None:
    for endpoint in replication.resources("aws_dms_endpoint").values():
        assert endpoint["depends_on"] == ["aws_iam_role_policy.logins_policy"]
