"""A customer-managed KMS key of one purpose: rotated yearly, its policy names its users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from app.components.policy_document import Statement, policy_document
from app.config.names import Names

# Long enough to notice that something still needs a key that was deleted by mistake.
DELETION_WINDOW_DAYS = 30
_USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUser:
    """An AWS service that works with the key, and the condition under which it may.

    `service` is the host part of its principal, such as `logs.us-east-2.amazonaws.com`.
    """

    sid: str
    service: str
    condition: Mapping[str, Mapping[str, str]]
    grants: bool = False


class CustomerKey(Construct):
    """A guarded key with the alias `alias/<prefix>-<purpose>`. Offers `arn`."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        purpose: str,
        description: str,
        users: Sequence[KeyUser] = (),
    ) -> None:
        super().__init__(scope, id_)
        key = KmsKey(
            self,
            "key",
            description=description,
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=policy_document(_account(names), *map(_use, users)),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        KmsAlias(self, "alias", name=names.key_alias(purpose), target_key_id=key.key_id)
        self.arn: str = key.arn


def logs_user(names: Names, *, group_prefix: str) -> KeyUser:
    """CloudWatch Logs, for the log groups whose names start with `group_prefix`."""
    group = f"arn:aws:logs:{names.region}:{names.account_id}:log-group:{group_prefix}*"
    return KeyUser(
        sid="Logs",
        service=f"logs.{names.region}.amazonaws.com",
        condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": group}},
    )


def account_user(names: Names, *, sid: str, service: str, grants: bool = False) -> KeyUser:
    """A service that acts for this account only."""
    return KeyUser(
        sid=sid,
        service=service,
        condition={"StringEquals": {"aws:SourceAccount": names.account_id}},
        grants=grants,
    )


def _account(names: Names) -> Statement:
    """Let the account's own IAM policies decide; without it a key cannot be administered."""
    return Statement(
        sid="Account",
        principal={"AWS": f"arn:aws:iam::{names.account_id}:root"},
        actions=("kms:*",),
        resources=("*",),
    )


def _use(user: KeyUser) -> Statement:
    return Statement(
        sid=user.sid,
        principal={"Service": user.service},
        actions=(*_USE, "kms:CreateGrant") if user.grants else _USE,
        resources=("*",),
        condition=user.condition,
    )
