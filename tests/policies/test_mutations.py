"""Breaking one requirement in what production is synthesized to turns exactly one policy red.

Each mutation changes one resource of a real workspace and stands beside the unchanged ones; all
are scanned at once, and what was found in the unchanged workspace is taken off.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.pipeline.policy.addresses import address_at
from app.pipeline.policy.checkov import Report, run_checkov
from tests.synth.breaking import Mutation, broken, drop, put
from tests.synth.workspaces import Synthesized

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

Json = dict[str, Any]
OURS = "CKV_PAYSHIFT_"


def rule(resource: Json, statement: str) -> Json:
    """The first rule of a web ACL with that statement."""
    (found, *_) = (one for one in resource["rule"] if statement in one["statement"])
    return found  # type: ignore[no-any-return]  # plain JSON


def raise_limit(resource: Json) -> None:
    rate = rule(resource, "rate_based_statement")["statement"]["rate_based_statement"]
    rate["limit"] = 2 * rate["limit"]


def count_injections(resource: Json) -> None:
    group = "managed_rule_group_statement"
    for one in resource["rule"]:
        if "SQLi" in one["statement"].get(group, {}).get("name", ""):
            one["override_action"] = {"count": {}}


def by_tag(resource: Json) -> None:
    resource["image_uri"] = resource["image_uri"].partition("@")[0] + ":latest"


def widen(key: str, value: str) -> Callable[[Json], object]:
    """Widen the last statement of a role's policy."""

    def change(resource: Json) -> None:
        document = json.loads(resource["policy"])
        document["Statement"][-1][key] = [value]
        resource["policy"] = json.dumps(document)

    return change


def plain_text(resource: Json) -> None:
    for parameter in resource["parameter"]:
        if parameter["name"] == "rds.force_ssl":
            parameter["value"] = "0"


def anybody(resource: Json) -> None:
    document = json.loads(resource["policy"])
    document["Statement"][0]["Principal"] = {"AWS": "*"}
    resource["policy"] = json.dumps(document)


def only_of_this_account(resource: Json) -> None:
    document = json.loads(resource["policy"])
    for one in document["Statement"]:
        one["Condition"] = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    resource["policy"] = json.dumps(document)


INGRESS = "aws_vpc_security_group_ingress_rule."
MUTATIONS = (
    Mutation("an open security group", "service", f"{INGRESS}entrance_from_clients", "14",
             put(from_port=22, to_port=22)),
    Mutation("a public database port", "data", INGRESS, "14",
             lambda one: (one.pop("referenced_security_group_id", None),
                          one.update(cidr_ipv4="0.0.0.0/0"))),
    Mutation("a public database", "data", "aws_rds_cluster_instance.", "1",
             put(publicly_accessible=True)),
    Mutation("a dropped key of the database", "data", "aws_rds_cluster.", "2",
             drop("kms_key_id")),
    Mutation("a database in plain text", "data", "aws_rds_cluster_parameter_group.", "3",
             plain_text),
    Mutation("a dropped key of a secret", "data", "aws_secretsmanager_secret.login_aws_app", "18",
             drop("kms_key_id")),
    Mutation("a key that does not rotate", "data", "aws_kms_key.", "19",
             put(enable_key_rotation=False)),
    Mutation("a key for anybody", "data", "aws_kms_key.", "19", anybody),
    Mutation("a database that can be destroyed", "data", "aws_rds_cluster.", "10",
             drop("lifecycle")),
    Mutation("a database without deletion protection", "data", "aws_rds_cluster.", "11",
             put(deletion_protection=False)),
    Mutation("states that can be destroyed", "bootstrap", "aws_s3_bucket.state_bucket", "10",
             drop("lifecycle")),
    Mutation("states that can be emptied", "bootstrap", "aws_s3_bucket.state_bucket", "11",
             put(force_destroy=True)),
    Mutation("events of this account alone", "observability",
             "aws_sns_topic_policy.alarms_policy", "20", only_of_this_account),
    Mutation("a wildcard action", "bootstrap", "aws_iam_role_policy.restore_policy", "4",
             widen("Action", "s3:*")),
    Mutation("a wildcard resource", "service",
             "aws_iam_role_policy.handover_role_policy", "4", widen("Resource", "*")),
    Mutation("rotation after 31 days", "rotation", "aws_secretsmanager_secret_rotation.", "5",
             put(rotation_rules={"automatically_after_days": 31})),
    Mutation("a firewall that counts injections", "service", "aws_wafv2_web_acl.", "6",
             count_injections),
    Mutation("a rate limit of 2,000", "service", "aws_wafv2_web_acl.", "7", raise_limit),
    Mutation("autoscaling 1 to 10", "service", "aws_appautoscaling_target.", "17",
             put(min_capacity=1)),
    Mutation("logs without a key", "service", "aws_cloudwatch_log_group.validator_logs", "13",
             drop("kms_key_id")),
    Mutation("logs for a month", "network", "aws_cloudwatch_log_group.", "13",
             put(retention_in_days=30)),
    Mutation("an image by tag", "service", "aws_lambda_function.validator_function", "16", by_tag),
    Mutation("plain HTTP that is served", "service", "aws_lb_listener.entrance_balancer_http", "15",
             put(default_action=[{"type": "forward", "target_group_arn": "one"}])),
    Mutation("replication that trusts any certificate", "replication", "aws_dms_endpoint.", "3",
             put(ssl_mode="require")),
    Mutation("a public replication instance", "replication", "aws_dms_replication_instance.", "1",
             put(publicly_accessible=True)),
    Mutation("a task that can be destroyed", "replication", "aws_dms_replication_task.", "10",
             drop("lifecycle")),
    Mutation("a vault of copies without a key", "data", "aws_backup_vault.", "18",
             drop("kms_key_arn")),
    Mutation("a vault of copies that can be destroyed", "data", "aws_backup_vault.", "10",
             drop("lifecycle")),
    Mutation("backups by a role for everything", "data", "aws_iam_role_policy.backup_role_policy",
             "4", widen("Resource", "*")),
    Mutation("signatures that can be taken away", "bootstrap", "aws_route53_hosted_zone_dnssec.",
             "10", drop("lifecycle")),
    Mutation("a signing key that can be destroyed", "bootstrap", "aws_route53_key_signing_key.",
             "10", drop("lifecycle")),
    Mutation("a signing key for anybody", "bootstrap", "aws_kms_key.zone_signing_key", "19",
             anybody),
    Mutation("queries logged without a key", "bootstrap",
             "aws_cloudwatch_log_group.zone_query_log_log", "13", drop("kms_key_id")),
    Mutation("changes told in plain text", "service", "aws_sns_topic.changes_topic", "18",
             drop("kms_master_key_id")),
    Mutation("a record without a weight", "phase-10", "aws_route53_record.weight_aws", "8",
             drop("weighted_routing_policy")),
    Mutation("a record that can be destroyed", "phase-10", "aws_route53_record.weight_aws", "10",
             drop("lifecycle")),
    Mutation("a TTL of 300", "phase-10", "aws_route53_record.weight_aws", "9", put(ttl=300)),
    Mutation("features that can be destroyed", "phase-10", "aws_ssm_parameter.features", "10",
             drop("lifecycle")),
)  # fmt: skip


def stray_function(document: Json) -> None:
    """Add a function of another workspace, otherwise right, to a phase."""
    function = {"package_type": "Image", "image_uri": "one@sha256:" + "a" * 64}
    document["resource"]["aws_lambda_function"] = {"stray": function}


def write(directory: Path, place: str, workspace: str, document: Json) -> None:
    file = directory / place / "stacks" / workspace / "cdk.tf.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(document, indent=2), encoding="utf-8")


Found = dict[tuple[str, str], set[tuple[str, str]]]


@pytest.fixture(scope="module")
def found(production: Synthesized, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Our policies' findings (id, address) by place and workspace."""
    directory = tmp_path_factory.mktemp("mutations")
    for workspace in production.all():
        write(directory, "unchanged", workspace.name, workspace.json)
    for number, mutation in enumerate(MUTATIONS):
        document = broken(production[mutation.workspace].json, mutation)
        write(directory, f"m{number}", mutation.workspace, document)
    stray = copy.deepcopy(production["phase-10"].json)
    stray_function(stray)
    write(directory, "stray", "phase-10", stray)
    report = tmp_path_factory.mktemp("report")
    (scanned,) = run_checkov(directory, report=report, frameworks=["terraform_json"])
    return _by_place(scanned, directory)


def _by_place(report: Report, directory: Path) -> Found:
    found: Found = defaultdict(set)
    for record in report.records("failed"):
        if record["check_id"].startswith(OURS):
            file = Path(str(record["file_path"]).lstrip("/"))
            place, _, workspace, _ = file.parts
            name, line = record["resource"].rpartition(".")[2], record["file_line_range"][0]
            address = address_at(directory / file, line=line, name=name)
            found[place, workspace].add((record["check_id"].removeprefix(OURS), address))
    return found


def test_what_is_synthesized_breaks_no_policy_of_ours(
    found: Found, production: Synthesized
) -> None:
    assert {name: found["unchanged", name] for name in production.order} == {
        name: set() for name in production.order
    }


@pytest.mark.parametrize("number", range(len(MUTATIONS)), ids=[one.name for one in MUTATIONS])
def test_one_broken_requirement_turns_one_policy_red(number: int, found: Found) -> None:
    mutation = MUTATIONS[number]
    unchanged = found["unchanged", mutation.workspace]
    new = found[f"m{number}", mutation.workspace] - unchanged
    assert {policy for policy, _ in new} == {mutation.red}
    assert len(new) == 1
    (address,) = {address for _, address in new}
    assert address.startswith(mutation.address)


def test_a_resource_of_another_workspace_in_a_phase_turns_one_policy_red(found: Found) -> None:
    assert found["stray", "phase-10"] == {("12", "aws_lambda_function.stray")}
