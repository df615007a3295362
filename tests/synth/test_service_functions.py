"""The workspace `service`: the functions, their images, rights, keys and failures."""

from __future__ import annotations

import json

from app.config.names import DATABASE_ROLES, SITES
from tests.synth.workspaces import Json, Synthesized, Workspace

FUNCTIONS = ("payment_api", "validator", "handover", "secret_rotation", "comparison")
SECRETS = "arn:aws:secretsmanager:us-east-2:123456789012:secret:payshift/production"
KEY = "${aws_kms_key.functions_key_key.arn}"
QUEUE = "${aws_sqs_queue.failures.arn}"
# What Lambda does in a function's name.
BY_LAMBDA = {
    "WriteLogs",
    "AttachToNetwork",
    "SeeNetwork",
    "Trace",
    "KeepFailures",
    "UseFunctionsKey",
}


def function(service: Workspace, name: str) -> Json:
    return service.resource(f"aws_lambda_function.{name}_function")


def rights(service: Workspace, name: str) -> dict[str, Json]:
    return service.statements(f"aws_iam_role_policy.{name}_role_policy")


def test_the_functions_run_one_image_pinned_by_digest(service: Workspace) -> None:
    functions = service.resources("aws_lambda_function")
    assert set(functions) == {f"{name}_function" for name in FUNCTIONS}
    image = "${aws_ecr_repository.images_repository.repository_url}@sha256:" + "0" * 64
    for name in FUNCTIONS:
        one = function(service, name)
        assert one["function_name"] == f"payshift-production-{name.replace('_', '-')}"
        assert one["package_type"] == "Image"
        assert one["image_uri"] == image
        assert one["image_config"] == {"command": [f"app.lambdas.{name}.handler.handler"]}
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
    for name in ("payment_api", "validator", "handover"):
        role = "app" if name == "payment_api" else "migration"
        own = (
            {"PAYSHIFT_HOLD_SECONDS": "20"}
            if name == "payment_api"
            else {
                "PAYSHIFT_CARRIER": "dms",
                "PAYSHIFT_EVIDENCE_BUCKET": "payshift-production-evidence-123456789012",
            }
        )
        if name == "validator":
            budget = "arn:aws:budgets::123456789012:budget/payshift-production-monthly"
            own |= {
                "PAYSHIFT_BUDGET": budget,
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


def test_each_function_may_only_call_what_its_code_needs(service: Workspace) -> None:
    logins = {"ReadLogins", "OpenLogins"}
    evidence = {"KeepEvidence", "ReadChain", "FindChain", "SealEvidence"}
    assert {name: set(rights(service, name)) - BY_LAMBDA for name in FUNCTIONS} == {
        "payment_api": logins | {"ReadFeatures"},
        "validator": logins
        | evidence
        | {"ReadFeatures", "ReadMetrics", "WatchLogins", "ReadBudget", "GoOn", "WatchTasks"},
        "handover": logins | evidence | {"ReadFeatures", "WatchTasks", "TurnTasks", "GoOn"},
        "secret_rotation": {"RotateLogins", "ThinkOfPasswords", "OpenAndSealLogins"},
        "comparison": logins | {"KeepSums", "SealSums"},
    }


def test_no_right_has_a_wildcard_where_aws_allows_something_narrower(service: Workspace) -> None:
    nothing_narrower = {"SeeNetwork", "ReadMetrics", "Trace", "ThinkOfPasswords", "WatchTasks"}
    for name in FUNCTIONS:
        for sid, statement in rights(service, name).items():
            assert not any("*" in action for action in statement["Action"])
            assert ("*" in statement["Resource"]) is (sid in nothing_narrower)


def test_the_handover_turns_the_two_tasks_with_business_rows_and_no_other(
    production: Synthesized, service: Workspace
) -> None:
    turn = rights(service, "handover")["TurnTasks"]
    assert turn["Action"] == ["dms:StartReplicationTask", "dms:StopReplicationTask"]
    tasks = production["replication"].resources("aws_dms_replication_task")
    ends = {
        task["resource_identifier"]
        for task in tasks.values()
        if not task["replication_task_id"].endswith("probe")
    }
    arn = "arn:aws:dms:us-east-2:123456789012:task"
    assert set(turn["Resource"]) == {f"{arn}:{end}" for end in ends}
    assert len(ends) == 2
    assert rights(service, "validator")["WatchTasks"]["Action"] == ["dms:DescribeReplicationTasks"]
    for name in ("payment_api", "validator", "secret_rotation"):
        assert "TurnTasks" not in rights(service, name)


def test_where_postgresql_carries_rows_no_function_knows_dms(local: Synthesized) -> None:
    for name in FUNCTIONS:
        found = rights(local["service"], name)
        assert not {"WatchTasks", "TurnTasks"} & set(found)
        assert not any(
            action.startswith("dms:") for one in found.values() for action in one["Action"]
        )
    assert "endpoint_dms" not in local["network"].resources("aws_vpc_endpoint")


def test_a_handover_through_dms_has_the_time_to_turn_the_tasks(service: Workspace) -> None:
    # facts: 40 s until clients forgot the old answer, the deadline, a minute to start and answer
    assert function(service, "handover")["timeout"] == 40 + 480 + 60
    assert function(service, "payment_api")["timeout"] == 30


def test_a_function_adds_to_the_evidence_and_reads_nothing_but_the_chain(
    service: Workspace,
) -> None:
    bucket = "arn:aws:s3:::payshift-production-evidence-123456789012"
    for name in ("validator", "handover"):
        found = rights(service, name)
        calls = {
            sid: (one["Action"], one["Resource"], one.get("Condition"))
            for sid, one in found.items()
            if any(action.startswith("s3:") for action in one["Action"])
        }
        assert calls == {
            "KeepEvidence": (["s3:PutObject"], [f"{bucket}/chain/*", f"{bucket}/records/*"], None),
            "ReadChain": (["s3:GetObject"], [f"{bucket}/chain/*"], None),
            "FindChain": (
                ["s3:ListBucket"],
                [bucket],
                {"StringEquals": {"s3:prefix": "chain/"}},
            ),
        }


def test_each_function_reads_only_the_logins_of_its_role(service: Workspace) -> None:
    for name in ("payment_api", "validator", "handover", "comparison"):
        role = "app" if name == "payment_api" else "migration"
        expected = [f"{SECRETS}/{site}/{role}-??????" for site in SITES]
        assert rights(service, name)["ReadLogins"]["Resource"] == expected


def test_validator_and_handover_go_on_in_themselves_and_call_no_other_function(
    service: Workspace,
) -> None:
    functions = "arn:aws:lambda:us-east-2:123456789012:function:payshift-production"
    for name in ("validator", "handover"):
        assert rights(service, name)["GoOn"] == {
            "Sid": "GoOn",
            "Effect": "Allow",
            "Action": ["lambda:InvokeFunction"],
            "Resource": [f"{functions}-{name}"],
        }
    invokes = {
        name
        for name in FUNCTIONS
        for statement in rights(service, name).values()
        if "lambda:InvokeFunction" in statement["Action"]
    }
    assert invokes == {"validator", "handover"}


def test_the_validator_sees_the_age_of_logins_and_the_budget_that_people_hear_of(
    service: Workspace, production: Synthesized
) -> None:
    assert rights(service, "validator")["WatchLogins"]["Resource"] == [
        f"{SECRETS}/{site}/{role}-??????" for site in SITES for role in DATABASE_ROLES
    ]
    budget = production["observability"].resource("aws_budgets_budget.budget")
    assert rights(service, "validator")["ReadBudget"]["Resource"] == [
        f"arn:aws:budgets::123456789012:budget/{budget['name']}"
    ]


def test_the_rotation_changes_only_the_logins_of_this_environment(service: Workspace) -> None:
    statement = rights(service, "secret_rotation")["RotateLogins"]
    assert statement["Action"] == [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
    ]
    assert statement["Resource"] == [
        f"{SECRETS}/{site}/{role}-??????" for site in SITES for role in DATABASE_ROLES
    ]


def test_secrets_manager_may_call_the_rotation_for_this_accounts_secrets_only(
    service: Workspace,
) -> None:
    permission = service.resource("aws_lambda_permission.secret_rotation_permission")
    assert permission["function_name"] == (
        "${aws_lambda_function.secret_rotation_function.function_name}"
    )
    assert permission["action"] == "lambda:InvokeFunction"
    assert permission["principal"] == "secretsmanager.amazonaws.com"
    assert permission["source_account"] == "123456789012"


def test_keys_of_other_workspaces_are_used_by_their_alias(service: Workspace) -> None:
    purposes = {
        ("payment_api", "OpenLogins"): "secrets",
        ("validator", "OpenLogins"): "secrets",
        ("validator", "SealEvidence"): "evidence",
        ("handover", "SealEvidence"): "evidence",
        ("secret_rotation", "OpenAndSealLogins"): "secrets",
        ("comparison", "OpenLogins"): "secrets",
        ("comparison", "SealSums"): "evidence",
    }
    for (name, sid), purpose in purposes.items():
        statement = rights(service, name)[sid]
        assert statement["Resource"] == ["arn:aws:kms:us-east-2:123456789012:key/*"]
        assert statement["Condition"] == {
            "ForAnyValue:StringEquals": {
                "kms:ResourceAliases": f"alias/payshift-production-{purpose}"
            }
        }


def test_copies_of_each_function_are_reserved_and_bounded(service: Workspace) -> None:
    assert {
        name: function(service, name)["reserved_concurrent_executions"] for name in FUNCTIONS
    } == {"payment_api": 100, "validator": 2, "handover": 3, "secret_rotation": 4, "comparison": 24}


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
    del groups["zone_query_log_log"]  # in the region of Route 53, under a key of that region
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


def test_images_are_scanned_encrypted_and_their_tags_never_move(service: Workspace) -> None:
    repository = service.resource("aws_ecr_repository.images_repository")
    assert repository["image_tag_mutability"] == "IMMUTABLE"
    assert repository["image_scanning_configuration"] == {"scan_on_push": True}
    assert repository["encryption_configuration"] == [
        {"encryption_type": "KMS", "kms_key": "${aws_kms_key.images_key_key.arn}"}
    ]
    assert repository["lifecycle"] == {"prevent_destroy": True}


def test_the_newest_images_are_kept_and_untagged_ones_expire(service: Workspace) -> None:
    rules = json.loads(service.resource("aws_ecr_lifecycle_policy.images_expiry")["policy"])
    assert [rule["selection"] for rule in rules["rules"]] == [
        {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": 7,
        },
        {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
    ]
    assert {rule["action"]["type"] for rule in rules["rules"]} == {"expire"}


def test_only_lambda_pulls_images_and_only_for_this_environments_functions(
    service: Workspace,
) -> None:
    statements = service.statements("aws_ecr_repository_policy.images_policy")
    assert statements == {
        "LambdaPulls": {
            "Sid": "LambdaPulls",
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "Condition": {
                "ArnLike": {
                    "aws:SourceArn": (
                        "arn:aws:lambda:us-east-2:123456789012:function:payshift-production-*"
                    )
                }
            },
        }
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
