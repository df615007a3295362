"""Whoever asks may make what the workspaces hold, as IAM itself judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.pipeline.doctor.context import DoctorContext
from app.pipeline.probing.base import Line, Probe, judged, unknown

# One action a kind of resource that only this workspace makes: enough to tell a missing service.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "bootstrap": (
        "ecr:CreateRepository",
        "iam:CreateOpenIDConnectProvider",
        "iam:CreateRole",
        "kms:CreateKey",
        "route53:CreateHostedZone",
        "s3:CreateBucket",
    ),
    "network": (
        "ec2:AllocateAddress",
        "ec2:CreateNatGateway",
        "ec2:CreateVpc",
        "ec2:CreateVpcEndpoint",
        "ec2:CreateVpnConnection",
        "logs:CreateLogGroup",
    ),
    "data": ("rds:CreateDBCluster", "rds:CreateDBInstance", "secretsmanager:CreateSecret"),
    "service": (
        "acm:RequestCertificate",
        "application-autoscaling:PutScalingPolicy",
        "elasticloadbalancing:CreateLoadBalancer",
        "lambda:CreateFunction",
        "sqs:CreateQueue",
        "wafv2:CreateWebACL",
    ),
    "replication": (
        "dms:CreateEndpoint",
        "dms:CreateReplicationInstance",
        "dms:CreateReplicationTask",
        "dms:ImportCertificate",
    ),
    "observability": (
        "budgets:ModifyBudget",
        "cloudwatch:PutDashboard",
        "cloudwatch:PutMetricAlarm",
        "sns:CreateTopic",
    ),
    "phases": (
        "cloudformation:CreateStack",
        "route53:ChangeResourceRecordSets",
        "ssm:PutParameter",
    ),
}


class Permissions:
    """Simulated, so nothing is made. What an organization's policies deny counts as well."""

    title = "permissions"
    remedy = (
        "Ask for iam:SimulatePrincipalPolicy and iam:GetRole, or let an administrator run this."
    )

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Let IAM judge the actions of each workspace for the present principal."""
        iam = context.client("iam")
        principal = _principal(context, iam)
        if principal is None:
            message = "the account's own user may do everything, and shall not be used"
            yield unknown(subject=self.title, message=message, remedy="sign in with a role")
            return
        for workspace, actions in NEEDED.items():
            pages = iam.get_paginator("simulate_principal_policy").paginate(
                PolicySourceArn=principal,
                ActionNames=list(actions),
                # Deliveries are denied every other region.
                ContextEntries=[
                    {
                        "ContextKeyName": "aws:RequestedRegion",
                        "ContextKeyType": "string",
                        "ContextKeyValues": [context.environment.region],
                    }
                ],
            )
            decisions = {
                one["EvalActionName"]: one["EvalDecision"]
                for page in pages
                for one in page["EvaluationResults"]
            }
            denied = [one for one in actions if decisions.get(one) != "allowed"]
            yield judged(
                passed=not denied,
                subject=f"rights for {workspace}",
                message=f"{principal} may not {', '.join(denied)}"
                if denied
                else f"{len(actions)} actions are allowed",
                remedy="take the deliver role of this environment, or an administrator's once",
            )


def _principal(context: DoctorContext, iam: Any) -> str | None:  # noqa: ANN401  # boto3's own
    """Return who is to be judged: the role behind a session; None for the root user."""
    arn = str(context.client("sts").get_caller_identity()["Arn"])
    resource = arn.split(":", 5)[5]
    if resource == "root":
        return None
    if not resource.startswith("assumed-role/"):
        return arn
    # A session does not tell the path of its role.
    return str(iam.get_role(RoleName=resource.split("/")[1])["Role"]["Arn"])


PROBE: Probe[DoctorContext] = Permissions()
