"""Breaking one requirement in what production is synthesized to turns exactly one test red.

Beside the table of tests/policies/test_mutations.py, which does the same for the policies. All
broken copies are looked at in one run of the tests in this directory (tests/synth/on_broken.py).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.synth.breaking import Change, Mutation, drop, put, within, write_broken
from tests.synth.on_broken_place import ORDER, RED
from tests.synth.workspaces import ROOT, Json, Synthesized

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]

ANYWHERE = "0.0.0.0/0"
CLUSTER = "aws_rds_cluster.database_cluster"
WRITER = "aws_rds_cluster_instance.database_writer"
VALIDATOR = "aws_lambda_function.validator_function"
BALANCER = "aws_lb.entrance_balancer_balancer"
HTTPS = "aws_lb_listener.entrance_balancer_https"
ACL = "aws_wafv2_web_acl.firewall_acl"
INSTANCE = "aws_dms_replication_instance.replication_instance"
FORWARD = "aws_dms_replication_task.task_forward"
SOURCE = "aws_dms_endpoint.endpoints_legacy_source"
TARGET = "aws_dms_endpoint.endpoints_aws_target"


def parameter(name: str, value: str) -> Change:
    """Give a parameter of the cluster another value."""

    def change(group: Json) -> None:
        (found,) = (one for one in group["parameter"] if one["name"] == name)
        found["value"] = value

    return change


def in_json(attribute: str, change: Change) -> Change:
    """Change a document that an argument holds as text."""

    def changed(resource: Json) -> None:
        document: Any = json.loads(resource[attribute])
        change(document)
        resource[attribute] = json.dumps(document)

    return changed


def rule(name: str, change: Change) -> Change:
    """Change one rule of the firewall."""

    def changed(acl: Json) -> None:
        (found,) = (one for one in acl["rule"] if one["name"] == name)
        change(found)

    return changed


def without_rule(name: str) -> Change:
    """Take one rule from the firewall."""

    def changed(acl: Json) -> None:
        acl["rule"] = [one for one in acl["rule"] if one["name"] != name]

    return changed


def _broken_rate(found: Json) -> None:
    found["statement"]["rate_based_statement"]["limit"] = 2_000


MUTATIONS = (
    # network
    Mutation("a subnet in another zone", "network", "aws_subnet.app_c",
             "test_the_network_has_three_subnets_of_each_tier_in_three_zones",
             put(availability_zone="us-east-2a")),
    Mutation("a shared route table", "network", "aws_route_table_association.app_association_b",
             "test_each_subnet_has_a_route_table_of_its_own",
             put(route_table_id="${aws_route_table.app_routes_a.id}")),
    Mutation("data subnets with a way out", "network", "aws_route.data_data_centre_a",
             "test_data_subnets_reach_the_data_centre_and_nothing_else",
             put(destination_cidr_block=ANYWHERE)),
    Mutation("two zones behind one NAT gateway", "network", "aws_route.app_nat_b",
             "test_app_subnets_go_out_by_the_nat_gateway_of_their_own_zone",
             put(nat_gateway_id="${aws_nat_gateway.nat_a.id}")),
    Mutation("data open to the world below its groups", "network",
             "aws_network_acl_rule.acl_data_in_app_a",
             "test_nothing_passes_between_data_and_the_internet", put(cidr_block=ANYWHERE)),
    Mutation("web open to SSH", "network", "aws_network_acl_rule.acl_web_in_http",
             "test_clients_pass_into_web_by_http_and_https_only", put(from_port=22, to_port=22)),
    Mutation("a default group that lets in", "network",
             "aws_default_security_group.network_default_group",
             "test_what_aws_makes_by_default_is_taken_over_without_a_rule",
             put(ingress=[{"protocol": "-1"}])),
    Mutation("CloudFormation cannot be answered", "network",
             "aws_vpc_endpoint.endpoint_objects",
             "test_a_custom_resource_can_answer_cloudformation_through_the_endpoint_of_s3",
             in_json("policy", within("Statement", 1, Effect="Deny"))),
    Mutation("logins read by way of the internet", "network",
             "aws_vpc_endpoint.endpoint_secretsmanager",
             "test_logins_and_parameters_are_read_without_leaving_the_network",
             put(private_dns_enabled=False)),
    Mutation("an endpoint that anybody calls", "network",
             "aws_vpc_security_group_ingress_rule.endpoint_callers_from_app_a",
             "test_endpoints_are_called_from_app_and_data_by_https_only", put(cidr_ipv4=ANYWHERE)),
    Mutation("a VPN that leads elsewhere", "network", "aws_vpn_connection_route.vpn_data_centre",
             "test_the_vpn_leads_to_the_data_centre_by_a_static_route",
             put(destination_cidr_block="172.16.0.0/12")),
    Mutation("a tunnel that agrees on an old cipher", "network",
             "aws_vpn_connection.vpn_connection", "test_both_tunnels_agree_on_nothing_weak",
             put(tunnel2_phase1_encryption_algorithms=["AES128"])),
    Mutation("keys of tunnels in the state", "network", "aws_vpn_connection.vpn_connection",
             "test_no_pre_shared_key_is_in_code_or_state", put(preshared_key_storage="Standard")),
    Mutation("a flow log of what was refused only", "network", "aws_flow_log.flow_log",
             "test_flow_logs_keep_all_traffic_for_a_year_under_a_customer_key",
             put(traffic_type="REJECT")),
    Mutation("a flow log without the key", "network", "aws_cloudwatch_log_group.flow_group",
             "test_flow_logs_keep_all_traffic_for_a_year_under_a_customer_key",
             put(kms_key_id="another")),
    # data
    Mutation("a key that does not rotate", "data", "aws_kms_key.evidence_key_key",
             "test_each_purpose_has_a_key_that_rotates_and_cannot_be_destroyed",
             put(enable_key_rotation=False)),
    Mutation("a key that any role uses by itself", "data", "aws_kms_key.secrets_key_key",
             "test_the_accounts_roles_use_a_key_only_by_way_of_its_services",
             in_json("policy", within("Statement", 0, Action=["kms:*"]))),
    Mutation("a database without its key", "data", CLUSTER,
             "test_the_database_is_private_encrypted_and_guarded", drop("kms_key_id")),
    Mutation("writer and reader in one zone", "data", WRITER,
             "test_writer_and_reader_stand_in_different_zones",
             put(availability_zone="us-east-2b")),
    Mutation("plain text to the database", "data",
             "aws_rds_cluster_parameter_group.database_parameters",
             "test_connections_need_tls_of_today", parameter("rds.force_ssl", "0")),
    Mutation("no way back by logical replication", "data",
             "aws_rds_cluster_parameter_group.database_parameters",
             "test_the_way_back_is_prepared_by_logical_replication",
             parameter("rds.logical_replication", "0")),
    Mutation("no login by IAM", "data", CLUSTER, "test_roles_can_log_in_by_iam",
             put(iam_database_authentication_enabled=False)),
    Mutation("backups of a day", "data", CLUSTER,
             "test_backups_are_kept_as_long_as_the_settings_say", put(backup_retention_period=1)),
    Mutation("a master password that we know", "data", CLUSTER,
             "test_rds_keeps_the_masters_password_and_nothing_else_knows_it",
             put(manage_master_user_password=False)),
    Mutation("no Performance Insights", "data", WRITER,
             "test_instances_are_watched_and_prove_who_they_are",
             put(performance_insights_enabled=False)),
    Mutation("no enhanced monitoring", "data", WRITER,
             "test_instances_are_watched_and_prove_who_they_are", put(monitoring_interval=0)),
    Mutation("an authority of yesterday", "data", WRITER,
             "test_instances_are_watched_and_prove_who_they_are",
             put(ca_cert_identifier="rds-ca-2019")),
    Mutation("a log that is not exported", "data", CLUSTER,
             "test_the_log_tells_who_came_and_what_changed_the_schema",
             put(enabled_cloudwatch_logs_exports=[])),
    Mutation("a database open to all of the VPC", "data",
             "aws_vpc_security_group_ingress_rule.database_group_from_app_a",
             "test_only_app_and_data_reach_the_database_and_it_reaches_nothing",
             put(cidr_ipv4="10.0.0.0/16")),
    Mutation("a login that is lost at once", "data", "aws_secretsmanager_secret.login_aws_app",
             "test_each_role_has_a_login_at_each_site_without_a_value_and_guarded",
             put(recovery_window_in_days=0)),
    Mutation("a public evidence bucket", "data",
             "aws_s3_bucket_public_access_block.evidence_closed",
             "test_the_evidence_bucket_is_versioned_encrypted_closed_and_guarded",
             put(block_public_acls=False)),
    Mutation("evidence that can be deleted", "data",
             "aws_s3_bucket_object_lock_configuration.evidence_lock",
             "test_evidence_cannot_be_deleted_before_its_time",
             within("rule", "default_retention", days=1)),
    # rotation
    Mutation("rotation after 31 days", "rotation",
             "aws_secretsmanager_secret_rotation.login_aws_app_schedule",
             "test_a_login_lives_for_thirty_days",
             put(rotation_rules={"automatically_after_days": 31})),
    # service
    Mutation("tags that move", "bootstrap", "aws_ecr_repository.images_repository",
             "test_images_are_scanned_encrypted_and_their_tags_never_move",
             put(image_tag_mutability="MUTABLE")),
    Mutation("images that nobody scans", "bootstrap", "aws_ecr_repository.images_repository",
             "test_images_are_scanned_encrypted_and_their_tags_never_move",
             put(image_scanning_configuration={"scan_on_push": False})),
    Mutation("images for ever", "bootstrap", "aws_ecr_lifecycle_policy.images_expiry",
             "test_the_newest_images_are_kept_and_untagged_ones_expire",
             in_json("policy", within("rules", 0, "selection", countNumber=700))),
    Mutation("an image by tag", "service", VALIDATOR,
             "test_the_functions_run_images_of_our_repository_pinned_by_digest",
             put(image_uri="one:latest")),
    Mutation("a function outside the network", "service", VALIDATOR,
             "test_the_functions_live_in_the_app_subnets",
             within("vpc_config", subnet_ids="${data.aws_subnets.network_web.ids}")),
    Mutation("copies without a bound", "service", VALIDATOR,
             "test_copies_of_each_function_are_reserved_and_bounded",
             put(reserved_concurrent_executions=-1)),
    Mutation("failures that are lost", "service", VALIDATOR,
             "test_events_that_a_function_gave_up_are_kept_encrypted_for_a_fortnight",
             put(dead_letter_config={"target_arn": "elsewhere"})),
    Mutation("calls without a trace", "service", VALIDATOR, "test_every_call_is_traced",
             put(tracing_config={"mode": "PassThrough"})),
    Mutation("variables without the key", "service", VALIDATOR,
             "test_variables_are_encrypted_with_the_key_of_the_functions", drop("kms_key_arn")),
    Mutation("logs without the key", "service", "aws_cloudwatch_log_group.validator_logs",
             "test_logs_are_kept_for_a_year_and_encrypted", put(kms_key_id="another")),
    Mutation("a function that reads another role's login", "service",
             "aws_iam_role_policy.payment_api_green_role_policy",
             "test_each_function_reads_only_the_logins_of_its_role",
             in_json("policy", lambda document: [
                 one.update(Resource=["arn:aws:secretsmanager:us-east-2:123456789012:secret:a"])
                 for one in document["Statement"] if one["Sid"] == "ReadLogins"])),
    Mutation("autoscaling 1 to 10", "service", "aws_appautoscaling_target.copies_blue_bounds",
             "test_each_colour_has_between_two_and_ten_copies", put(min_capacity=1)),
    Mutation("two aliases of one function", "service", "aws_lambda_alias.alias_green",
             "test_each_colour_is_a_function_of_its_own_with_the_copies_of_its_one_alias",
             put(function_name="${aws_lambda_function.payment_api_blue_function.function_name}")),
    Mutation("a colour that does not follow its image", "service", "aws_lambda_alias.alias_blue",
             "test_a_colour_runs_the_version_that_its_function_published_last",
             put(lifecycle={"ignore_changes": ["function_version"]})),
    Mutation("copies that do not follow CPU", "service",
             "aws_appautoscaling_policy.copies_blue_cpu",
             "test_copies_follow_the_cpu_that_the_colour_measured_itself",
             within("target_tracking_scaling_policy_configuration", target_value=99)),
    Mutation("copies that do not follow their use", "service",
             "aws_appautoscaling_policy.copies_green_use",
             "test_copies_follow_how_many_of_them_run",
             within("target_tracking_scaling_policy_configuration", target_value=0.99)),
    Mutation("TLS of yesterday", "service", HTTPS,
             "test_the_entrance_speaks_modern_tls_with_a_validated_certificate",
             put(ssl_policy="ELBSecurityPolicy-2016-08")),
    Mutation("a certificate by mail", "service", "aws_acm_certificate.tls_certificate",
             "test_the_entrance_speaks_modern_tls_with_a_validated_certificate",
             put(validation_method="EMAIL")),
    Mutation("HTTP that is served", "service", "aws_lb_listener.entrance_balancer_http",
             "test_plain_http_is_sent_to_https_and_served_nothing",
             put(default_action=[{"type": "forward", "target_group_arn": "one"}])),
    Mutation("requests without a log", "service", BALANCER,
             "test_every_request_is_logged_to_a_bucket_that_accepts_it_first",
             within("access_logs", enabled=False)),
    Mutation("an entrance that can be deleted", "service", BALANCER,
             "test_the_load_balancer_is_public_in_the_web_subnets_and_guarded",
             put(enable_deletion_protection=False)),
    Mutation("headers that are not what they seem", "service", BALANCER,
             "test_requests_that_two_readers_could_read_differently_are_refused",
             put(drop_invalid_header_fields=False)),
    Mutation("weights that no release named", "service", HTTPS,
             "test_requests_are_split_between_the_colours_by_the_weights_of_the_release",
             within("default_action", 0, "forward", "target_group", 0, weight=50)),
    Mutation("an open port of the entrance", "service",
             "aws_vpc_security_group_ingress_rule.entrance_from_clients",
             "test_clients_come_in_by_https_and_by_http_to_be_redirected_and_nothing_else_does",
             put(from_port=22, to_port=22)),
    Mutation("injections that are counted", "service", ACL, "test_sql_injection_is_refused",
             rule("SQLiRuleSet", put(override_action={"count": {}}))),
    Mutation("common attacks that are counted", "service", ACL,
             "test_common_attacks_are_refused_but_not_a_client_without_a_user_agent",
             rule("CommonRuleSet", put(override_action={"count": {}}))),
    Mutation("a rate limit of 2,000", "service", ACL,
             "test_an_address_may_send_a_thousand_requests_a_minute",
             rule("requests-per-minute", _broken_rate)),
    Mutation("large bodies that pass", "service", ACL,
             "test_bodies_that_the_firewall_cannot_read_to_the_end_are_refused",
             rule("oversize-body", put(action={"count": {}}))),
    Mutation("a firewall before nothing", "service",
             "aws_wafv2_web_acl_association.firewall_entrance",
             "test_the_firewall_stands_before_the_load_balancer", put(resource_arn="another")),
    Mutation("secrets in the firewall's log", "service",
             "aws_wafv2_web_acl_logging_configuration.firewall_logging",
             "test_decisions_are_logged_without_what_identifies_a_client",
             put(redacted_fields=[])),
    # replication
    Mutation("replication in one zone", "replication", INSTANCE,
             "test_the_instance_is_private_in_two_zones_and_encrypted", put(multi_az=False)),
    Mutation("replication without its key", "replication", INSTANCE,
             "test_the_instance_is_private_in_two_zones_and_encrypted", drop("kms_key_arn")),
    Mutation("replication that trusts any certificate", "replication", SOURCE,
             "test_every_connection_is_tls_verified_down_to_the_name", put(ssl_mode="require")),
    Mutation("a certificate deleted before the new one is there", "replication",
             "aws_dms_certificate.endpoints_authority_legacy",
             "test_another_authority_is_another_certificate_made_before_the_old_one_goes",
             drop("lifecycle")),
    Mutation("an endpoint changed under a running task", "replication", SOURCE,
             "test_another_authority_is_another_certificate_made_before_the_old_one_goes",
             put(pause_replication_tasks=False)),
    Mutation("a password for replication in the code", "replication", SOURCE,
             "test_logins_come_from_secrets_manager_and_never_from_terraform",
             put(password="secret")),
    Mutation("texts that are cut", "replication", SOURCE,
             "test_sources_have_a_slow_heartbeat_and_never_cut_a_value",
             within("postgres_settings", fail_tasks_on_lob_truncation=False)),
    Mutation("booleans that become texts", "replication", TARGET,
             "test_booleans_stay_booleans_at_both_ends",
             within("postgres_settings", map_boolean_as_boolean=False)),
    Mutation("rows that the fence refuses", "replication", TARGET,
             "test_targets_apply_as_a_replica_so_that_the_fence_lets_rows_through",
             within("postgres_settings", after_connect_script="SELECT 1")),
    Mutation("a load without what follows", "replication", FORWARD,
             "test_forward_loads_and_follows_and_everything_else_only_follows",
             put(migration_type="full-load")),
    Mutation("a task that Terraform starts", "replication", FORWARD,
             "test_tasks_are_started_by_the_engine_and_guarded_against_destruction",
             put(start_replication_task=True)),
    # observability
    Mutation("an alarm at another limit", "observability", "aws_cloudwatch_metric_alarm.",
             "test_every_alarm_of_the_table_is_made_and_tells_the_topic", put(threshold=4711)),
    Mutation("a dashboard under another name", "observability",
             "aws_cloudwatch_dashboard.dashboard_errors", "test_there_are_three_dashboards",
             put(dashboard_name="payshift-production-other")),
    Mutation("alarms told in plain text", "observability", "aws_sns_topic.alarms_topic",
             "test_the_topic_has_the_name_that_others_compute_and_is_encrypted_by_its_own_key",
             drop("kms_master_key_id")),
    Mutation("faults of DMS that nobody hears of", "observability",
             "aws_dms_event_subscription.subscription_task",
             "test_dms_tells_of_the_instance_and_of_every_task",
             put(event_categories=["state change"])),
    Mutation("events of the database that reach nobody", "observability",
             "aws_cloudwatch_event_target.event_database_target", "test_events_reach_the_topic",
             put(arn="another")),
    Mutation("a budget above the limit", "observability", "aws_budgets_budget.budget",
             "test_the_budget_is_the_environments_limit_and_warns_by_forecast",
             put(limit_amount="6000")),
    Mutation("a query of a log that nobody writes", "observability",
             "aws_cloudwatch_query_definition.query_faults",
             "test_queries_read_the_logs_that_are_written", put(log_group_names=["/another"])),
    Mutation("events of DMS that reach nobody", "observability",
             "aws_cloudwatch_event_rule.event_replication", "test_events_reach_the_topic",
             put(event_pattern='{"source": ["aws.ec2"]}')),
    # bootstrap
    Mutation("states without versions", "bootstrap", "aws_s3_bucket_versioning.state_versioning",
             "test_the_state_bucket_is_versioned_encrypted_closed_and_guarded",
             put(versioning_configuration={"status": "Suspended"})),
    Mutation("states that are forgotten", "bootstrap",
             "aws_s3_bucket_lifecycle_configuration.state_lifecycle",
             "test_every_lock_is_forgotten_by_one_rule_and_no_state_by_any",
             lambda one: next(
                 rule for rule in one["rule"] if "noncurrent_version_expiration" in rule
             )["filter"][0].update(prefix="workspaces/")),
    Mutation("states by plain HTTP", "bootstrap", "aws_s3_bucket_policy.state_policy",
             "test_the_state_bucket_is_versioned_encrypted_closed_and_guarded",
             in_json("policy", within("Statement", 0, Effect="Allow"))),
    Mutation("states without the key", "bootstrap",
             "aws_s3_bucket_server_side_encryption_configuration.state_encryption",
             "test_the_state_bucket_is_versioned_encrypted_closed_and_guarded",
             lambda one: one["rule"][0]["apply_server_side_encryption_by_default"].update(
                 sse_algorithm="AES256")),
    Mutation("plans that write", "bootstrap", "aws_iam_role_policy.plan_policy",
             "test_plan_writes_reviews_and_nothing_else",
             in_json("policy", lambda document: [
                 one.update(Action=["s3:GetObject", "s3:PutObject"])
                 for one in document["Statement"] if one["Sid"] == "ReadStates"])),
    Mutation("pull requests that say that nothing drifted", "bootstrap",
             "aws_iam_role_policy.plan_policy",
             "test_plan_writes_reviews_and_nothing_else",
             in_json("policy", lambda document: [
                 one["Resource"].append("arn:aws:s3:::payshift-production-state-123456789012/*")
                 for one in document["Statement"] if one["Sid"] == "KeepReviews"])),
    Mutation("looks for drift that write states", "bootstrap",
             "aws_iam_role_policy.drift_policy", "test_drift_writes_its_look_and_nothing_else",
             in_json("policy", lambda document: [
                 one.update(Action=["s3:GetObject", "s3:PutObject"])
                 for one in document["Statement"] if one["Sid"] == "ReadStates"])),
    Mutation("looks for drift by a pull request", "bootstrap", "aws_iam_role.drift_role",
             "test_a_role_is_taken_from_its_places_only",
             in_json("assume_role_policy", lambda document: document["Statement"][0]["Condition"][
                 "StringEquals"].update({
                     "token.actions.githubusercontent.com:sub":
                         "repo:example/payshift:pull_request"}))),
    Mutation("deliveries from anywhere", "bootstrap", "aws_iam_role.deliver_role",
             "test_a_role_is_taken_from_its_places_only",
             in_json("assume_role_policy", within("Statement", 0, Condition={}))),
    Mutation("plans that read passwords", "bootstrap", "aws_iam_role_policy.plan_policy",
             "test_plan_and_drift_read_no_secret_no_log_and_no_record",
             in_json("policy", lambda document: [
                 one.update(Effect="Allow")
                 for one in document["Statement"] if one["Sid"] == "NoContents"])),
    Mutation("a restore that reaches further", "bootstrap", "aws_iam_role_policy.restore_policy",
             "test_restore_reaches_the_state_bucket_and_its_key_only",
             in_json("policy", within("Statement", 0, Resource=["arn:aws:s3:::another"]))),
    # all of them
    Mutation("a workspace that says of nobody whose it is", "network", "provider.aws",
             "test_everything_carries_owner_environment_workspace_and_cost_centre",
             lambda one: one["default_tags"][0]["tags"].pop("owner")),
    # phases
    Mutation("a weight that is not the phase's", "phase-10", "aws_route53_record.weight_aws",
             "test_the_weights_are_those_of_the_phase_and_sum_to_a_hundred",
             put(weighted_routing_policy={"weight": 11})),
    Mutation("an answer that is remembered for five minutes", "phase-10",
             "aws_route53_record.weight_aws",
             "test_all_phases_hold_the_same_two_records_and_the_same_parameter", put(ttl=300)),
    Mutation("a record without a guard", "phase-10", "aws_route53_record.weight_aws",
             "test_what_phases_share_cannot_be_destroyed_and_stacks_can_be_replaced",
             drop("lifecycle")),
    Mutation("a phase that skips its validation", "phase-10", "aws_route53_record.weight_aws",
             "test_the_records_and_features_lie_between_before_and_after", drop("depends_on")),
)  # fmt: skip


@pytest.fixture(scope="module")
def red(production: Synthesized, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The tests that were red, by the number of the mutation."""
    place = tmp_path_factory.mktemp("broken")
    (place / ORDER).write_text(json.dumps(production.order), encoding="utf-8")
    for number, mutation in enumerate(MUTATIONS):
        write_broken(production, mutation, place / f"{number:03}")
    here = Path(__file__)
    others = [
        str(file) for file in sorted(here.parent.glob("test_*.py"))
        if file not in {here, here.with_name("test_cost.py"), here.with_name("test_runbook.py")}
    ]  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider",
         "-p", "tests.synth.on_broken", "--tb=no", *others],
        cwd=ROOT,
        env={**os.environ, "PAYSHIFT_BROKEN": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode in {0, 1}, ended.stdout[-3_000:] + ended.stderr[-3_000:]
    found: dict[str, list[str]] = json.loads((place / RED).read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("number", range(len(MUTATIONS)), ids=[one.name for one in MUTATIONS])
def test_one_broken_requirement_turns_one_test_red(number: int, red: dict[str, list[str]]) -> None:
    assert red.get(f"{number:03}", []) == [MUTATIONS[number].red]
