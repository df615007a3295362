"""The role under which AWS Backup copies the database."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from app.components.policy_document import Statement, policy_document
from app.config.names import ROLE_BOUNDARY, Names


class BackupRole(Construct):
    """Offers `arn`, and `policy`: select resources after it, or AWS Backup refuses the role."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        cluster_arn: str,
        vault_arn: str,
        key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        trust = Statement(
            sid="Backup",
            principal={"Service": "backup.amazonaws.com"},
            actions=("sts:AssumeRole",),
            condition={"StringEquals": {"aws:SourceAccount": names.account_id}},
        )
        role = IamRole(
            self,
            "role",
            name=f"{names.prefix}-database-backup",
            assume_role_policy=policy_document(trust),
            permissions_boundary=ROLE_BOUNDARY,
        )
        self.policy = IamRolePolicy(
            self,
            "policy",
            name="copy",
            role=role.id,
            policy=policy_document(
                *_copy(names, cluster_arn),
                *_seal(names, key_arn),
                Statement(
                    sid="FillVault",
                    actions=("backup:CopyIntoBackupVault", "backup:DescribeBackupVault"),
                    resources=(vault_arn,),
                ),
            ),
        )
        self.arn: str = role.arn


def _copy(names: Names, cluster_arn: str) -> tuple[Statement, Statement, Statement]:
    """What AWS's own AWSBackupServiceRolePolicyForBackup lets it do to every database."""
    copies = f"arn:aws:rds:{names.region}:{names.account_id}:cluster-snapshot:awsbackup:*"
    return (
        Statement(
            sid="CopyDatabase",
            actions=(
                "rds:AddTagsToResource",
                "rds:CreateDBClusterSnapshot",
                "rds:DescribeDBClusterSnapshots",
                "rds:DescribeDBClusters",
                "rds:ListTagsForResource",
            ),
            resources=(cluster_arn, copies),
        ),
        Statement(sid="EndCopies", actions=("rds:DeleteDBClusterSnapshot",), resources=(copies,)),
        # Looks for what is selected; tags know no resource: AWS allows nothing narrower.
        Statement(sid="FindDatabase", actions=("tag:GetResources",), resources=("*",)),
    )


def _seal(names: Names, key_arn: str) -> tuple[Statement, Statement]:
    """A copy of Aurora's keeps the key of its database, not that of the vault."""
    by_way = {"kms:ViaService": f"rds.{names.region}.amazonaws.com"}
    return (
        Statement(sid="SeeKey", actions=("kms:DescribeKey",), resources=(key_arn,)),
        Statement(
            sid="SealCopies",
            actions=("kms:CreateGrant",),
            resources=(key_arn,),
            condition={
                "Bool": {"kms:GrantIsForAWSResource": "true"},
                "StringEquals": by_way,
            },
        ),
    )
