"""The role with which DMS reads its logins: two secrets, and the key that encrypts them."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from app.components.policy_document import Statement, policy_document
from app.config.names import ROLE_BOUNDARY, Names


class ReplicationAccess(Construct):
    """Offers `role_arn`, for the endpoints; make them after `policy`, or DMS refuses them."""

    def __init__(self, scope: Construct, id_: str, *, names: Names) -> None:
        super().__init__(scope, id_)
        trust = Statement(
            sid="Dms",
            actions=("sts:AssumeRole",),
            # The service of the region: the global one may not read logins of endpoints.
            principal={"Service": f"dms.{names.region}.amazonaws.com"},
        )
        role = IamRole(
            self,
            "role",
            name=f"{names.prefix}-replication-logins",
            assume_role_policy=policy_document(trust),
            permissions_boundary=ROLE_BOUNDARY,
        )
        self.policy = IamRolePolicy(
            self,
            "policy",
            name="logins",
            role=role.id,
            policy=policy_document(_read_logins(names), _decrypt_logins(names)),
        )
        self.role_arn: str = role.arn


def _read_logins(names: Names) -> Statement:
    return Statement(
        sid="ReadLogins",
        actions=("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
        # Secrets Manager appends six random characters to the name.
        resources=tuple(
            f"{names.secret_arn(site, 'replication')}-??????" for site in ("legacy", "aws")
        ),
    )


def _decrypt_logins(names: Names) -> Statement:
    return Statement(
        sid="DecryptLogins",
        actions=("kms:Decrypt", "kms:DescribeKey"),
        resources=(f"arn:aws:kms:{names.region}:{names.account_id}:key/*",),
        condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": names.key_alias("secrets")}},
    )
