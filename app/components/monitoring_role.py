"""The role under which RDS tells what the operating system of an instance does."""

from __future__ import annotations

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from app.components.policy_document import Statement, policy_document
from app.config.names import Names

# AWS's own: the log group that it writes to is AWS's choice too.
_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"


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
        )
        self.attached: ITerraformDependable = IamRolePolicyAttachment(
            self, "policy", role=role.name, policy_arn=_POLICY
        )
        self.arn: str = role.arn
