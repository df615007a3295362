"""What the roles of a delivery may do, and what they may not."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest

from app.config.loading import load_environment
from app.config.names import DELIVERY_ROLES, ROLE_BOUNDARY, Names
from tests.synth.workspaces import Json, Synthesized, Workspace

STATE_BUCKET = "arn:aws:s3:::payshift-production-state-123456789012"

# What ReadOnlyAccess of September 2026 shows of contents, an action a service and way, and what a
# later version may show.
SHOWN_BY_READ_ONLY = (
    "apigateway:GET", "appconfig:GetConfiguration", "appsync:ListApiKeys",
    "athena:BatchGetQueryExecution", "athena:GetQueryResults", "athena:GetQueryResultsStream",
    "cassandra:Select", "cloudfront-keyvaluestore:GetKey", "cloudtrail:GetQueryResults",
    "cloudtrail:LookupEvents", "codebuild:BatchGetBuilds", "codecommit:GetFile",
    "codecommit:GitPull", "dax:GetItem", "dax:Scan", "dynamodb:BatchGetItem", "dynamodb:GetItem",
    "dynamodb:GetRecords", "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan",
    "ec2:DescribeInstanceAttribute", "ec2:GetConsoleOutput", "ec2:GetConsoleScreenshot",
    "ec2:GetPasswordData", "ec2:GetVpnConnectionDeviceSampleConfiguration",
    "ecr:GetDownloadUrlForLayer", "es:ESHttpGet", "glacier:GetJobOutput", "kinesis:GetRecords",
    "logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetLogObject", "logs:GetLogRecord",
    "logs:GetQueryResults", "logs:StartLiveTail", "logs:StartQuery", "logs:Unmask",
    "pi:GetDimensionKeyDetails", "rds:DownloadCompleteDBLogFile", "rds:DownloadDBLogFilePortion",
    "s3-object-lambda:GetObject", "s3-object-lambda:GetObjectVersion", "sdb:GetAttributes",
    "sdb:Select", "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage", "ssm:GetCommandInvocation", "states:DescribeExecution",
    "states:GetExecutionHistory", "xray:BatchGetTraces", "xray:GetTraceSummaries",
)  # fmt: skip


def statements(bootstrap: Workspace, role: str) -> dict[str, Json]:
    policy = json.loads(bootstrap.resource(f"aws_iam_role_policy.{role}_policy")["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def written(bootstrap: Workspace, role: str) -> dict[str, list[str]]:
    """What a role's own policy lets it write, by statement."""
    writing = ("Put", "Delete", "Create", "Update", "Attach", "Schedule")
    return {
        sid: statement["Resource"]
        for sid, statement in statements(bootstrap, role).items()
        if statement["Effect"] == "Allow"
        and any(action.split(":")[1].startswith(writing) for action in statement["Action"])
    }


def test_plan_writes_reviews_and_nothing_else(bootstrap: Workspace) -> None:
    writes = written(bootstrap, "plan")
    assert writes == {"KeepReviews": [f"{STATE_BUCKET}/plans/*.json"]}
    # fact: a delivery believes the last look for drift, and a pull request runs anybody's code
    look = f"{STATE_BUCKET}/{Names.of(load_environment('production')).drift_key}"
    assert not any(fnmatchcase(look, one) for places in writes.values() for one in places)
    managed = bootstrap.resource("aws_iam_role_policy_attachment.plan_managed")
    assert managed["policy_arn"] == "arn:aws:iam::aws:policy/ReadOnlyAccess"


def test_drift_writes_its_look_and_nothing_else(bootstrap: Workspace) -> None:
    look = Names.of(load_environment("production")).drift_key
    assert written(bootstrap, "drift") == {"KeepLook": [f"{STATE_BUCKET}/{look}"]}
    managed = bootstrap.resource("aws_iam_role_policy_attachment.drift_managed")
    assert managed["policy_arn"] == "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.mark.parametrize("role", ["plan", "drift"])
def test_plan_and_drift_read_no_secret_no_log_and_no_record(
    bootstrap: Workspace, role: str
) -> None:
    found = statements(bootstrap, role)
    assert (found["NoContents"]["Effect"], found["NoObjects"]["Effect"]) == ("Deny", "Deny")
    assert found["NoContents"]["Resource"] == ["*"]
    denied = [action.lower() for action in found["NoContents"]["Action"]]
    shown = {
        action
        for action in SHOWN_BY_READ_ONLY
        if not any(fnmatchcase(action.lower(), pattern) for pattern in denied)
    }
    assert shown == set()
    assert found["NoObjects"]["NotResource"] == [
        f"{STATE_BUCKET}/workspaces/*",
        "arn:aws:s3:::payshift-production-evidence-123456789012/bundles/*",
    ]


@pytest.mark.parametrize("role", ["plan", "drift"])
def test_plan_and_drift_read_no_parameter_but_those_of_the_target(
    bootstrap: Workspace, role: str
) -> None:
    found = statements(bootstrap, role)["NoOtherParameters"]
    assert found["Effect"] == "Deny"
    assert set(found["Action"]) == {
        "ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters",
        "ssm:GetParametersByPath",
    }  # fmt: skip
    assert found["NotResource"] == ["arn:aws:ssm:us-east-2:123456789012:parameter/payshift/*"]


@pytest.mark.parametrize("role", ["plan", "drift"])
def test_plan_and_drift_may_do_what_reading_the_resources_takes(
    bootstrap: Workspace, role: str
) -> None:
    denied = statements(bootstrap, role)["NoContents"]["Action"]
    needed = (
        "cloudformation:GetTemplate", "dynamodb:DescribeTable", "ec2:DescribeVpnConnections",
        "lambda:GetFunction", "logs:DescribeLogGroups", "logs:ListTagsForResource",
        "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy",
        "sqs:GetQueueAttributes", "states:DescribeStateMachine",
    )  # fmt: skip
    assert not {one for one in needed for pattern in denied if fnmatchcase(one, pattern)}


@pytest.mark.parametrize("role", ["plan", "drift"])
def test_plan_and_drift_open_bundles_by_way_of_s3_only(bootstrap: Workspace, role: str) -> None:
    found = statements(bootstrap, role)["OpenBundles"]
    assert found["Action"] == ["kms:Decrypt"]
    assert found["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/payshift-production-evidence"},
        "StringEquals": {"kms:ViaService": "s3.us-east-2.amazonaws.com"},
    }


def test_deliver_makes_roles_within_the_boundary_only(bootstrap: Workspace) -> None:
    found = statements(bootstrap, "deliver")
    giving = {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"}
    for statement in found.values():
        if statement["Effect"] == "Allow" and giving & set(statement["Action"]):
            assert statement["Condition"] == {
                "StringEquals": {"iam:PermissionsBoundary": ROLE_BOUNDARY}
            }
            assert statement["Resource"] == ["arn:aws:iam::123456789012:role/payshift-production-*"]


def test_deliver_may_keep_every_role_of_every_workspace_that_it_delivers(
    production: Synthesized, bootstrap: Workspace
) -> None:
    found = statements(bootstrap, "deliver")
    roles = {
        f"arn:aws:iam::123456789012:role/{role['name']}"
        for workspace in production.all()
        if workspace.name != "bootstrap"
        for role in workspace.resources("aws_iam_role").values()
    }
    assert roles
    for sid in ("GiveRights", "KeepRoles"):
        (kept,) = found[sid]["Resource"]
        assert {role for role in roles if not fnmatchcase(role, kept)} == set()
    assert {"iam:GetRole", "iam:DeleteRole"} < set(found["KeepRoles"]["Action"])


def test_deliver_cannot_change_itself_other_regions_or_the_past(bootstrap: Workspace) -> None:
    found = statements(bootstrap, "deliver")
    own = {f"arn:aws:iam::123456789012:role/payshift-production-{one}" for one in DELIVERY_ROLES}
    assert own < set(found["NotItself"]["Resource"])
    assert found["NotElsewhere"]["Condition"] == {
        "StringNotEquals": {"aws:RequestedRegion": "us-east-2"}
    }
    # fact: these have no region, or only one; what the zone has in its own is the bootstrap's
    assert set(found["NotElsewhere"]["NotAction"]) == {
        "budgets:*", "iam:*", "route53:*", "sts:*", "support:*",
    }  # fmt: skip
    assert {"s3:DeleteObjectVersion", "s3:PutBucketVersioning"} < set(
        found["NotTheStates"]["Action"]
    )
    assert {one["Effect"] for sid, one in found.items() if sid.startswith("Not")} == {"Deny"}


def test_deliver_loses_neither_the_zone_nor_its_signatures_nor_an_image(
    bootstrap: Workspace,
) -> None:
    found = statements(bootstrap, "deliver")["NotTheZoneAndImages"]
    assert (found["Effect"], found["Resource"]) == ("Deny", ["*"])
    assert set(found["Action"]) == {
        "ecr:BatchDeleteImage",
        "ecr:DeleteRepository",
        "ecr:PutImage",
        "route53:DeactivateKeySigningKey",
        "route53:DeleteHostedZone",
        "route53:DeleteKeySigningKey",
        "route53:DisableHostedZoneDNSSEC",
    }


def test_restore_reaches_the_state_bucket_and_its_key_only(bootstrap: Workspace) -> None:
    for statement in statements(bootstrap, "restore").values():
        for resource in statement["Resource"]:
            assert resource.startswith(STATE_BUCKET) or resource == (
                "${aws_kms_key.state_key_key.arn}"
            )
    assert not any(
        name.startswith("restore") for name in bootstrap.resources("aws_iam_role_policy_attachment")
    )


def test_release_pushes_to_the_functions_repository_and_deletes_nothing(
    bootstrap: Workspace,
) -> None:
    log_in, push = statements(bootstrap, "release").values()
    assert (log_in["Action"], log_in["Resource"]) == (["ecr:GetAuthorizationToken"], ["*"])
    repository = bootstrap.resource("aws_ecr_repository.images_repository")["name"]
    assert push["Resource"] == [f"arn:aws:ecr:us-east-2:123456789012:repository/{repository}"]
    assert push["Effect"] == "Allow"
    assert not any("Delete" in action or "Policy" in action for action in push["Action"])
    assert not any(
        name.startswith("release") for name in bootstrap.resources("aws_iam_role_policy_attachment")
    )
