"""The role under which RDS tells what the operating system of an instance does."""

from __future__ import annotations

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from app.components.policy_document import Statement, policy_document
from app.config.names import ROLE_BOUNDARY, Names

# Where RDS writes it, for all databases of an account; the name is AWS's choice.
_GROUP = "RDSOSMetrics"


class MonitoringRole(Construct):
    """Offers `arn`, and `attached`: create instances after it, or RDS refuses the role."""

    def __init__(self, scope: Construct, id_: str, *, names: Names) -> None:
        super().__init__(scope, id_)
        trust = Statement(
            sid="Rds",
            principal={"Service": "monitoring.rds.amazonaws.com"},
            actions=("sts:AssumeRole",),
            condition={"StringEquals": {"aws:SourceAccount": names.account_id}},
        )
        role = IamRole(
            self,
            "role",
            name=f"{names.prefix}-database-monitoring",
            assume_role_policy=policy_document(trust),
            permissions_boundary=ROLE_BOUNDARY,
        )
        self.attached: ITerraformDependable = IamRolePolicy(
            self, "policy", name="write", role=role.id, policy=policy_document(*_write(names))
        )
        self.arn: str = role.arn


def _write(names: Names) -> tuple[Statement, Statement]:
    """Less than AWS's own AmazonRDSEnhancedMonitoringRole, which names every account."""
    group = f"arn:aws:logs:{names.region}:{names.account_id}:log-group:{_GROUP}"
    return (
        Statement(
            sid="MakeLog",
            actions=("logs:CreateLogGroup", "logs:PutRetentionPolicy"),
            resources=(group,),
        ),
        Statement(
            sid="WriteLog",
            actions=(
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:GetLogEvents",
                "logs:PutLogEvents",
            ),
            resources=(f"{group}:log-stream:*",),
        ),
    )
