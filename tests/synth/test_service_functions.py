"""The workspace `service`: the functions, their network, settings, keys and failures."""

from __future__ import annotations

from app.config.loading import load_environment
from app.config.names import DATABASE_ROLES, SITES
from tests.synth.service import APIS, FUNCTIONS, function, rights
from tests.synth.workspaces import Synthesized, Workspace

KEY = "${aws_kms_key.functions_key_key.arn}"
QUEUE = "${aws_sqs_queue.failures.arn}"


def test_the_functions_run_images_of_our_repository_pinned_by_digest(
    service: Workspace, production: Synthesized
) -> None:
    functions = service.resources("aws_lambda_function")
    assert set(functions) == {f"{name}_function" for name in FUNCTIONS}
    repository = production["bootstrap"].resource("aws_ecr_repository.images_repository")["name"]
    image = f"123456789012.dkr.ecr.us-east-2.amazonaws.com/{repository}@sha256:{0:064}"
    for name in FUNCTIONS:
        one = function(service, name)
        program = "payment_api" if name in APIS else name
        assert one["function_name"] == f"payshift-production-{name.replace('_', '-')}"
        assert one["package_type"] == "Image"
        assert one["image_uri"] == image
        assert one["image_config"] == {"command": [f"app.lambdas.{program}.handler.handler"]}
        assert one["publish"] is True


def test_the_functions_live_in_the_app_subnets(service: Workspace) -> None:
    for name in FUNCTIONS:
        assert function(service, name)["vpc_config"] == {
            "security_group_ids": ["${aws_security_group.functions_group.id}"],
            "subnet_ids": "${data.aws_subnets.network_app.ids}",
        }


def test_the_payment_api_logs_in_as_the_application_and_the_engine_as_itself(
    service: Workspace,
) -> None:
    common = {
        "PAYSHIFT_ENVIRONMENT": "production",
        "PAYSHIFT_FEATURES_PARAMETER": "/payshift/production/features",
        "PAYSHIFT_SITE": "aws",
    }
    for name in (*APIS, "validator", "handover"):
        role = "app" if name in APIS else "migration"
        own = (
            {"PAYSHIFT_HOLD_SECONDS": "20"}
            if name in APIS
            else {
                "PAYSHIFT_CARRIER": "dms",
                "PAYSHIFT_EVIDENCE_BUCKET": "payshift-production-evidence-123456789012",
            }
        )
        if name == "validator":
            budget = "arn:aws:budgets::123456789012:budget/payshift-production-monthly"
            own |= {
                "PAYSHIFT_BUDGET": budget,
                "PAYSHIFT_VERIFICATION_HOURS": "48",
                "PAYSHIFT_WATCHED_SECRETS": ",".join(
                    f"payshift/production/{site}/{one}" for site in SITES for one in DATABASE_ROLES
                ),
            }
        assert function(service, name)["environment"]["variables"] == common | own | {
            "PAYSHIFT_AWS_SECRET": f"payshift/production/aws/{role}",
            "PAYSHIFT_LEGACY_SECRET": f"payshift/production/legacy/{role}",
        }


def test_the_rotation_is_told_its_environment_and_no_login(service: Workspace) -> None:
    variables = function(service, "secret_rotation")["environment"]["variables"]
    assert variables == {"PAYSHIFT_ENVIRONMENT": "production"}


def test_copies_of_each_function_are_reserved_and_bounded(service: Workspace) -> None:
    assert {
        name: function(service, name)["reserved_concurrent_executions"] for name in FUNCTIONS
    } == {
        **dict.fromkeys(APIS, 100),
        "validator": 2,
        "handover": 3,
        "secret_rotation": 4,
        "comparison": 24,
    }


def test_the_account_is_asked_for_what_all_functions_reserve_together(service: Workspace) -> None:
    reserved = load_environment("production").service.reserved_concurrency
    functions = [one.removesuffix("_function") for one in service.resources("aws_lambda_function")]
    each = [getattr(reserved, "payment_api" if one in APIS else one) for one in functions]
    assert reserved.total == sum(each) == 233


def test_a_gate_that_failed_is_not_asked_again_by_lambda(service: Workspace) -> None:
    (calls,) = service.resources("aws_lambda_function_event_invoke_config").values()
    assert calls["maximum_retry_attempts"] == 0
    validator = "${aws_lambda_function.validator_function.function_name}"
    assert calls["function_name"] == validator


def test_every_call_is_traced(service: Workspace) -> None:
    for name in FUNCTIONS:
        assert function(service, name)["tracing_config"] == {"mode": "Active"}
        assert rights(service, name)["Trace"]["Action"] == [
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ]


def test_events_that_a_function_gave_up_are_kept_encrypted_for_a_fortnight(
    service: Workspace,
) -> None:
    queue = service.resource("aws_sqs_queue.failures")
    assert queue["name"] == "payshift-production-failures"
    assert queue["kms_master_key_id"] == KEY
    assert queue["message_retention_seconds"] == 14 * 24 * 3600
    for name in FUNCTIONS:
        assert function(service, name)["dead_letter_config"] == {"target_arn": QUEUE}
        assert rights(service, name)["KeepFailures"]["Action"] == ["sqs:SendMessage"]
        assert rights(service, name)["KeepFailures"]["Resource"] == [QUEUE]


def test_variables_are_encrypted_with_the_key_of_the_functions(service: Workspace) -> None:
    for name in FUNCTIONS:
        assert function(service, name)["kms_key_arn"] == KEY
        assert rights(service, name)["UseFunctionsKey"]["Resource"] == [KEY]


def test_logs_are_kept_for_a_year_and_encrypted(service: Workspace) -> None:
    groups = dict(service.resources("aws_cloudwatch_log_group"))
    names = {f"/aws/lambda/payshift-production-{name.replace('_', '-')}" for name in FUNCTIONS}
    assert {group["name"] for group in groups.values()} == names | {
        "aws-waf-logs-payshift-production",
        "/aws/vendedlogs/states/payshift-production-comparison",
    }
    assert {group["retention_in_days"] for group in groups.values()} == {365}
    assert {group["kms_key_id"] for group in groups.values()} == {KEY}


def test_the_key_of_the_functions_serves_the_logs_of_this_environment_only(
    service: Workspace,
) -> None:
    key = service.resource("aws_kms_key.functions_key_key")
    assert key["enable_key_rotation"] is True
    groups = "arn:aws:logs:us-east-2:123456789012:log-group"
    statements = service.statements("aws_kms_key.functions_key_key")
    assert {
        sid: statements[sid]["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
        for sid in ("FunctionLogs", "FirewallLogs", "ComparisonLogs")
    } == {
        "FunctionLogs": f"{groups}:/aws/lambda/payshift-production-*",
        "FirewallLogs": f"{groups}:aws-waf-logs-payshift-production*",
        "ComparisonLogs": f"{groups}:/aws/vendedlogs/states/payshift-production-comparison*",
    }


def test_functions_reach_aws_and_the_databases_only(service: Workspace) -> None:
    rules = service.resources("aws_vpc_security_group_egress_rule").values()
    assert {rule["security_group_id"] for rule in rules} == {
        "${aws_security_group.functions_group.id}"
    }
    assert {(rule["from_port"], rule["to_port"], rule["cidr_ipv4"]) for rule in rules} == {
        (443, 443, "0.0.0.0/0"),
        (5432, 5432, "192.168.0.0/16"),
        (5432, 5432, "10.0.64.0/24"),
        (5432, 5432, "10.0.65.0/24"),
        (5432, 5432, "10.0.66.0/24"),
    }
