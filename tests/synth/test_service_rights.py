"""What the functions' roles may do: what their code calls, and no more."""

from __future__ import annotations

from app.config.names import DATABASE_ROLES, SITES
from tests.synth.service import APIS, BY_LAMBDA, FUNCTIONS, function, rights
from tests.synth.workspaces import Synthesized, Workspace

SECRETS = "arn:aws:secretsmanager:us-east-2:123456789012:secret:payshift/production"


def test_each_function_may_only_call_what_its_code_needs(service: Workspace) -> None:
    logins = {"ReadLogins", "OpenLogins"}
    evidence = {"KeepEvidence", "ReadChain", "FindChain", "SealEvidence"}
    assert {name: set(rights(service, name)) - BY_LAMBDA for name in FUNCTIONS} == {
        **dict.fromkeys(APIS, logins | {"ReadFeatures"}),
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


def test_lambda_may_delete_an_interface_of_a_function_before_there_is_one(
    service: Workspace,
) -> None:
    # A kind of resource, such as network-interface/*, is refused when a function is made in a VPC.
    ec2 = "arn:aws:ec2:us-east-2:123456789012"
    for name in FUNCTIONS:
        found = rights(service, name)
        assert found["DetachFromNetwork"]["Action"] == ["ec2:DeleteNetworkInterface"]
        assert found["DetachFromNetwork"]["Resource"] == [f"{ec2}:*/*"]
        assert found["AttachToNetwork"]["Action"] == [
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:UnassignPrivateIpAddresses",
        ]
        assert found["AttachToNetwork"]["Resource"] == [
            f"{ec2}:{kind}/*" for kind in ("network-interface", "security-group", "subnet")
        ]


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
    for name in (*APIS, "validator", "secret_rotation"):
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
    assert {function(service, name)["timeout"] for name in APIS} == {30}


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
    for name in (*APIS, "validator", "handover", "comparison"):
        role = "app" if name in APIS else "migration"
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
        **{(name, "OpenLogins"): "secrets" for name in APIS},
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
