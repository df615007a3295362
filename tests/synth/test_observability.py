"""The workspace `observability`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.components.event_rules import patterns
from app.config.alarms import Metric, all_alarms
from app.config.loading import load_environment
from app.config.names import Names
from app.lambdas.handover.resting import ACTION as MOVE_RESTING_SLOT
from tests.synth.workspaces import Json, Synthesized, Workspace

ACCOUNT = "123456789012"
PRODUCTION = load_environment("production")
TOPIC = "${aws_sns_topic.alarms_topic.arn}"
TOPIC_ARN = f"arn:aws:sns:us-east-2:{ACCOUNT}:payshift-production-alarms"
EVENTBRIDGE = "events.amazonaws.com"
PUBLISHERS = {
    EVENTBRIDGE,
    "budgets.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "dms.amazonaws.com",
    "events.rds.amazonaws.com",
}


@pytest.fixture(scope="module")
def observability(production: Synthesized) -> Workspace:
    return production["observability"]


def alarms(observability: Workspace) -> dict[str, Json]:
    found = observability.resources("aws_cloudwatch_metric_alarm").values()
    return {one["alarm_name"].removeprefix("payshift-production-"): one for one in found}


def statements(document: str) -> list[Json]:
    found: list[Json] = json.loads(document)["Statement"]
    return found


def test_the_topic_has_the_name_that_others_compute_and_is_encrypted_by_its_own_key(
    observability: Workspace,
) -> None:
    topic = observability.resource("aws_sns_topic.alarms_topic")
    assert topic["name"] == "payshift-production-alarms"
    assert Names.of(PRODUCTION).alarm_topic_arn == TOPIC_ARN
    assert topic["kms_master_key_id"] == "${aws_kms_key.alarms_key_key.arn}"
    alias = observability.resource("aws_kms_alias.alarms_key_alias")
    assert alias["name"] == "alias/payshift-production-alarms"


def test_who_publishes_may_use_the_key_for_this_account_only(observability: Workspace) -> None:
    policy = observability.resource("aws_kms_key.alarms_key_key")["policy"]
    users = [one for one in statements(policy) if "Service" in one["Principal"]]
    assert {one["Principal"]["Service"] for one in users} == PUBLISHERS
    for one in users:
        assert {"kms:Decrypt", "kms:GenerateDataKey*"} <= set(one["Action"])
        if one["Principal"]["Service"] != EVENTBRIDGE:
            assert one["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_events_reach_the_topic_though_eventbridge_tells_no_source(
    observability: Workspace,
) -> None:
    # EventBridge supports no condition in a topic's policy, and no source in its key's.
    topic = observability.resource("aws_sns_topic_policy.alarms_policy")["policy"]
    key = observability.resource("aws_kms_key.alarms_key_key")["policy"]
    for document, actions in (
        (topic, ["sns:Publish"]),
        (key, ["kms:Decrypt", "kms:GenerateDataKey*"]),
    ):
        (events,) = (
            one for one in statements(document) if one["Principal"] == {"Service": EVENTBRIDGE}
        )
        assert events["Action"] == actions
        assert "Condition" not in events


def test_only_services_of_this_account_publish_and_only_over_tls(
    observability: Workspace,
) -> None:
    policy = observability.resource("aws_sns_topic_policy.alarms_policy")["policy"]
    allowed = [one for one in statements(policy) if one["Effect"] == "Allow"]
    assert {one["Principal"]["Service"] for one in allowed} == PUBLISHERS
    for one in allowed:
        assert (one["Action"], one["Resource"]) == (["sns:Publish"], [TOPIC_ARN])
        if one["Principal"]["Service"] != EVENTBRIDGE:
            assert one["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    (denied,) = (one for one in statements(policy) if one["Effect"] == "Deny")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_an_event_that_does_not_arrive_rings_for_every_rule(observability: Workspace) -> None:
    rules = observability.resources("aws_cloudwatch_event_rule").values()
    watched = [
        one["dimensions"]["RuleName"]
        for one in alarms(observability).values()
        if one.get("metric_name") == "FailedInvocations"
    ]
    assert sorted(watched) == sorted(rule["name"] for rule in rules)


def test_every_alarm_of_the_table_is_made_and_tells_the_topic(observability: Workspace) -> None:
    made = alarms(observability)
    table = {alarm.name: alarm for alarm in all_alarms(PRODUCTION)}
    assert set(made) == set(table)
    for name, alarm in table.items():
        assert made[name]["alarm_actions"] == made[name]["ok_actions"] == [TOPIC]
        assert made[name]["threshold"] == alarm.limit
        assert made[name]["treat_missing_data"] == alarm.silence
        assert made[name]["evaluation_periods"] == alarm.periods
        assert made[name]["alarm_description"] == f"{alarm.reason} → {alarm.remedy}"


def test_an_alarm_rings_on_the_side_that_the_table_says(observability: Workspace) -> None:
    made = alarms(observability)
    assert made["two-writers"]["comparison_operator"] == "GreaterThanThreshold"
    assert made["no-writer"]["comparison_operator"] == "LessThanThreshold"


def test_an_alarm_asks_for_the_very_metric_of_the_table(observability: Workspace) -> None:
    for name, alarm in ((one.name, one) for one in all_alarms(PRODUCTION)):
        if isinstance(alarm.figure, Metric):
            made = alarms(observability)[name]
            assert (made["namespace"], made["metric_name"]) == (
                alarm.figure.namespace,
                alarm.figure.name,
            )
            assert made.get("statistic") or made["extended_statistic"] == alarm.figure.statistic


def test_the_load_balancer_and_the_certificate_are_found_by_name(
    observability: Workspace,
) -> None:
    data = observability.json["data"]
    assert data["aws_lb"]["entrance"]["name"] == "payshift-production"
    assert data["aws_acm_certificate"]["certificate"]["domain"] == "api.payments.example.com"
    made = alarms(observability)
    assert made["entrance-5xx"]["dimensions"] == {
        "LoadBalancer": "${data.aws_lb.entrance.arn_suffix}"
    }
    assert made["certificate-expires"]["dimensions"] == {
        "CertificateArn": "${data.aws_acm_certificate.certificate.arn}"
    }


def test_a_rate_is_computed_from_two_metrics_of_the_same_site(observability: Workspace) -> None:
    queries = {one["id"]: one for one in alarms(observability)["error-rate-aws"]["metric_query"]}
    assert queries["figure"]["expression"] == "100 * errors / requests"
    assert queries["figure"]["return_data"] is True
    for name, metric in (("errors", "ServerErrors"), ("requests", "Requests")):
        assert queries[name]["metric"]["metric_name"] == metric
        assert queries[name]["metric"]["dimensions"] == {
            "Environment": "production",
            "Site": "aws",
        }


def test_there_are_three_dashboards(observability: Workspace) -> None:
    boards = observability.resources("aws_cloudwatch_dashboard").values()
    assert {one["dashboard_name"] for one in boards} == {
        f"payshift-production-{name}" for name in ("progress", "latency", "errors")
    }
    for board in boards:
        assert json.loads(board["dashboard_body"])["widgets"]


def test_dms_tells_of_the_instance_and_of_every_task(observability: Workspace) -> None:
    subscriptions = observability.resources("aws_dms_event_subscription").values()
    told = {one["source_type"]: one for one in subscriptions}
    assert set(told) == {"replication-instance", "replication-task"}
    assert told["replication-instance"]["source_ids"] == ["payshift-production"]
    assert told["replication-task"]["source_ids"] == [
        f"payshift-production-{stream}"
        for stream in ("forward", "reverse", "forward-probe", "reverse-probe")
    ]
    assert {"failure", "failover", "low storage"} <= set(
        told["replication-instance"]["event_categories"]
    )
    assert {"failure", "state change"} <= set(told["replication-task"]["event_categories"])
    assert all(one["sns_topic_arn"] == TOPIC and one["enabled"] for one in subscriptions)


@pytest.mark.parametrize(
    "name", ["replication", "database", "backup", "secret_rotation", "certificate"]
)
def test_events_reach_the_topic(observability: Workspace, name: str) -> None:
    rule = observability.resource(f"aws_cloudwatch_event_rule.event_{name}")
    wanted = patterns(Names.of(PRODUCTION))[name.replace("_", "-")]
    assert json.loads(rule["event_pattern"]) == wanted
    target = observability.resource(f"aws_cloudwatch_event_target.event_{name}_target")
    assert target["arn"] == TOPIC
    assert target["rule"] == f"${{aws_cloudwatch_event_rule.event_{name}.name}}"


def test_a_failed_rotation_of_our_secrets_is_an_event() -> None:
    pattern: dict[str, Any] = dict(patterns(Names.of(PRODUCTION))["secret-rotation"])
    assert "RotationFailed" in pattern["detail"]["eventName"]
    (secrets,) = pattern["detail"]["additionalEventData"]["SecretId"]
    assert secrets == {
        "prefix": f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:payshift/production/"
    }


def test_a_failed_copy_of_our_database_is_an_event() -> None:
    pattern: dict[str, Any] = dict(patterns(Names.of(PRODUCTION))["backup"])
    assert {"ABORTED", "EXPIRED", "FAILED"} <= set(pattern["detail"]["state"])
    cluster = f"arn:aws:rds:us-east-2:{ACCOUNT}:cluster:payshift-production"
    assert pattern["detail"]["resourceArn"] == [cluster]


def test_what_is_told_comes_after_the_right_to_tell_it(observability: Workspace) -> None:
    policy = "aws_sns_topic_policy.alarms_policy"
    for kind in ("aws_dms_event_subscription", "aws_budgets_budget"):
        for one in observability.resources(kind).values():
            assert policy in one["depends_on"]
    for name, target in observability.resources("aws_cloudwatch_event_target").items():
        if name not in {"status_target", "resting_slot_target"}:
            assert policy in target["depends_on"]


def test_the_budget_is_the_environments_limit_and_warns_by_forecast(
    observability: Workspace,
) -> None:
    budget = observability.resource("aws_budgets_budget.budget")
    assert (budget["limit_amount"], budget["limit_unit"]) == ("3000", "USD")
    assert (budget["budget_type"], budget["time_unit"]) == ("COST", "MONTHLY")
    assert [
        (one["notification_type"], one["threshold"], one["threshold_type"])
        for one in budget["notification"]
    ] == [("FORECASTED", 80, "PERCENTAGE"), ("FORECASTED", 100, "PERCENTAGE")]
    assert all(one["subscriber_sns_topic_arns"] == [TOPIC] for one in budget["notification"])


def test_queries_read_the_logs_that_are_written(
    observability: Workspace, production: Synthesized
) -> None:
    queries = observability.resources("aws_cloudwatch_query_definition").values()
    assert {one["name"].removeprefix("payshift-production/") for one in queries} == {
        "blocked-requests",
        "faults",
        "held-requests",
        "replication-faults",
        "server-errors",
        "slowest-requests",
        "steps-of-phases",
    }
    made = {
        group["name"]
        for workspace in (production["service"], production["replication"])
        for group in workspace.resources("aws_cloudwatch_log_group").values()
    }
    assert {name for one in queries for name in one["log_group_names"]} <= made


def test_every_saved_query_that_a_remedy_names_exists(observability: Workspace) -> None:
    queries = observability.resources("aws_cloudwatch_query_definition").values()
    saved = {one["name"].rpartition("/")[2] for one in queries}
    named = {
        alarm.remedy.split("query `")[1].split("`")[0]
        for alarm in all_alarms(PRODUCTION)
        if "query `" in alarm.remedy
    }
    assert named
    assert named <= saved


@pytest.mark.parametrize(
    ("schedule", "action", "rate"),
    [("status", "status", "1 minute"), ("resting_slot", MOVE_RESTING_SLOT, "5 minutes")],
)
def test_the_handover_function_is_asked_who_writes_and_to_move_the_resting_slot_on(
    observability: Workspace, schedule: str, action: str, rate: str
) -> None:
    rule = observability.resource(f"aws_cloudwatch_event_rule.{schedule}")
    assert rule["schedule_expression"] == f"rate({rate})"
    target = observability.resource(f"aws_cloudwatch_event_target.{schedule}_target")
    function = f"arn:aws:lambda:us-east-2:{ACCOUNT}:function:payshift-production-handover"
    assert target["arn"] == function
    assert target["rule"] == f"${{aws_cloudwatch_event_rule.{schedule}.name}}"
    assert json.loads(target["input"]) == {"action": action}
    assert target["retry_policy"]["maximum_retry_attempts"] == 0
    permission = observability.resource(f"aws_lambda_permission.{schedule}_permission")
    assert permission["principal"] == "events.amazonaws.com"
    assert permission["function_name"] == "payshift-production-handover"
    assert permission["source_arn"] == f"${{aws_cloudwatch_event_rule.{schedule}.arn}}"


def test_nobody_else_is_let_in_by_the_schedules(observability: Workspace) -> None:
    permissions = observability.resources("aws_lambda_permission")
    assert set(permissions) == {"status_permission", "resting_slot_permission"}
    assert {one["action"] for one in permissions.values()} == {"lambda:InvokeFunction"}


def test_without_subscribers_nobody_is_made_up(observability: Workspace) -> None:
    assert "aws_sns_topic_subscription" not in observability.kinds()
