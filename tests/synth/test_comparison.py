"""The workspace `service`: the state machine that has the parts of a comparison read."""

from __future__ import annotations

import json

from app.config.loading import load_environment
from tests.synth.workspaces import Json, Synthesized, Workspace

ACCOUNT = "us-east-2:123456789012"
MACHINE = f"arn:aws:states:{ACCOUNT}:stateMachine:payshift-production-comparison"
FUNCTION = f"arn:aws:lambda:{ACCOUNT}:function:payshift-production-comparison"
BUCKET = "payshift-production-evidence-123456789012"
KEY = "${aws_kms_key.functions_key_key.arn}"


def machine(service: Workspace) -> Json:
    (found,) = service.resources("aws_sfn_state_machine").values()
    return found


def rights(service: Workspace) -> dict[str, Json]:
    return service.statements("aws_iam_role_policy.comparison_machine_policy")


def test_every_part_of_the_list_is_read_by_the_function_and_none_may_fail(
    service: Workspace,
) -> None:
    definition = json.loads(machine(service)["definition"])
    assert definition["StartAt"] == "ReadParts"
    (reading,) = definition["States"].values()
    assert reading["ItemReader"] == {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": BUCKET, "Key.$": "$.parts"},
    }
    assert reading["MaxConcurrencyPath"] == "$.workers"
    assert reading["ToleratedFailureCount"] == 0
    # fact: what comes out of the parts does not pass through the machine
    assert reading["ResultPath"] is None
    processor = reading["ItemProcessor"]
    assert processor["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    (part,) = processor["States"].values()
    assert part["Parameters"] == {"FunctionName": FUNCTION, "Payload.$": "$"}


def test_a_part_is_tried_again_for_what_passes_and_never_for_what_makes_no_sense(
    service: Workspace,
) -> None:
    definition = json.loads(machine(service)["definition"])
    part = definition["States"]["ReadParts"]["ItemProcessor"]["States"]["ReadPart"]
    (retry,) = part["Retry"]
    assert {"Lambda.TooManyRequestsException", "DatabaseFailed"} <= set(retry["ErrorEquals"])
    assert not {"InputError", "States.ALL", "States.TaskFailed"} & set(retry["ErrorEquals"])
    function = service.resource("aws_lambda_function.comparison_function")
    # fact: the function's own time-out comes first, and tells more
    assert part["TimeoutSeconds"] > function["timeout"] == 900


def test_the_machine_calls_one_function_reads_lists_and_starts_only_itself(
    service: Workspace,
) -> None:
    found = rights(service)
    assert set(found) == {
        "ReadParts", "ReadList", "OpenList", "StartParts", "FollowParts", "SealExecutions",
        "DeliverLogs", "Trace",
    }  # fmt: skip
    assert {sid: (one["Action"], one["Resource"]) for sid, one in found.items()
            if sid in {"ReadParts", "ReadList", "StartParts", "SealExecutions"}} == {
        "ReadParts": (["lambda:InvokeFunction"], [FUNCTION]),
        "ReadList": (["s3:GetObject"], [f"arn:aws:s3:::{BUCKET}/comparisons/*/parts.json"]),
        "StartParts": (["states:StartExecution"], [MACHINE]),
        "SealExecutions": (["kms:Decrypt", "kms:GenerateDataKey"], [KEY]),
    }  # fmt: skip
    assert found["OpenList"]["Action"] == ["kms:Decrypt"]
    assert found["OpenList"]["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/payshift-production-evidence"}
    }
    everywhere = {sid for sid, one in found.items() if "*" in one["Resource"]}
    assert everywhere == {"DeliverLogs", "Trace"}


def test_the_function_adds_sums_and_can_neither_read_nor_delete_them(service: Workspace) -> None:
    found = service.statements("aws_iam_role_policy.comparison_role_policy")
    on_objects = {
        action
        for one in found.values()
        for action in one["Action"]
        if action.startswith("s3:")
    }  # fmt: skip
    assert on_objects == {"s3:PutObject"}
    assert found["KeepSums"]["Resource"] == [f"arn:aws:s3:::{BUCKET}/comparisons/*"]
    assert found["SealSums"]["Action"] == ["kms:GenerateDataKey"]
    variables = service.resource("aws_lambda_function.comparison_function")["environment"]
    assert variables["variables"] == {
        "PAYSHIFT_AWS_SECRET": "payshift/production/aws/migration",
        "PAYSHIFT_ENVIRONMENT": "production",
        "PAYSHIFT_EVIDENCE_BUCKET": BUCKET,
        "PAYSHIFT_LEGACY_SECRET": "payshift/production/legacy/migration",
        "PAYSHIFT_SITE": "aws",
    }


def test_only_state_machines_of_this_account_take_its_role(service: Workspace) -> None:
    role = service.resource("aws_iam_role.comparison_machine_role")
    assert role["permissions_boundary"] == "arn:aws:iam::aws:policy/PowerUserAccess"
    trust = service.statements(
        "aws_iam_role.comparison_machine_role", attribute="assume_role_policy"
    )
    assert trust["StepFunctions"]["Principal"] == {"Service": "states.amazonaws.com"}
    assert trust["StepFunctions"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:states:us-east-2:123456789012:stateMachine:*"},
    }


def test_executions_are_encrypted_logged_and_traced(service: Workspace) -> None:
    found = machine(service)
    assert found["type"] == "STANDARD"
    assert found["encryption_configuration"] == {
        "kms_key_id": KEY, "type": "CUSTOMER_MANAGED_KMS_KEY",
    }  # fmt: skip
    group = "${aws_cloudwatch_log_group.comparison_machine_logs.arn}:*"
    assert found["logging_configuration"] == {
        "include_execution_data": True, "level": "ALL", "log_destination": group,
    }  # fmt: skip
    assert found["tracing_configuration"] == {"enabled": True}
    delivery = service.statements("aws_kms_key.functions_key_key")["LogDelivery"]
    assert delivery["Principal"] == {"Service": "delivery.logs.amazonaws.com"}


def test_the_alarm_watches_this_machine(service: Workspace, production: Synthesized) -> None:
    alarm = production["observability"].resource(
        "aws_cloudwatch_metric_alarm.alarm_comparison_failed"
    )
    assert alarm["dimensions"] == {"StateMachineArn": MACHINE}
    assert machine(service)["name"] == MACHINE.rpartition(":")[2]


def test_a_worker_has_a_copy_of_the_function(service: Workspace) -> None:
    most = load_environment("production").service.reserved_concurrency.comparison
    function = service.resource("aws_lambda_function.comparison_function")
    assert function["reserved_concurrent_executions"] == most == 24
