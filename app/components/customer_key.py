"""A customer-managed KMS key of one purpose: rotated yearly, its policy names its users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf import TerraformProvider, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from app.components.policy_document import Statement, policy_document
from app.config.names import Names

# Long enough to notice that something still needs a key that was deleted by mistake.
DELETION_WINDOW_DAYS = 30
_USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
# Everything about the key except working with it and handing it on.
_ADMINISTER = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUser:
    """An AWS service that works with the key, how, and the condition under which it may.

    `service` is the host part of its principal, such as `logs.us-east-2.amazonaws.com`.
    """

    sid: str
    service: str
    condition: Mapping[str, Mapping[str, str]]
    grants: bool = False
    actions: tuple[str, ...] = _USE


class CustomerKey(Construct):
    """A guarded key with the alias `alias/<prefix>-<purpose>`. Offers `arn`.

    `users` work with it in their own name. `through` names services (`rds`, `secretsmanager`,
    `s3` …) that work with it in the name of the account's roles, as far as those roles' policies
    allow: then nobody, not even an administrator of the account, uses the key in another way.
    Without `through` the account's IAM policies alone decide. `provider` makes the key in another
    region than the environment's; `names` must then be of that region.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        purpose: str,
        description: str,
        users: Sequence[KeyUser] = (),
        through: Sequence[str] = (),
        provider: TerraformProvider | None = None,
    ) -> None:
        super().__init__(scope, id_)
        statements = [administration(names) if through else _account(names, actions=("kms:*",))]
        for service in through:
            statements += _through(names, service)
        for user in users:
            statements += _use(user)
        key = KmsKey(
            self,
            "key",
            description=description,
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=policy_document(*statements),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            provider=provider,
        )
        KmsAlias(
            self,
            "alias",
            name=names.key_alias(purpose),
            target_key_id=key.key_id,
            provider=provider,
        )
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


def unnamed_publisher(*, sid: str, service: str) -> KeyUser:
    """A service that publishes to an encrypted topic and tells KMS no source: just what it calls.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    return KeyUser(
        sid=sid,
        service=service,
        condition={},
        actions=("kms:Decrypt", "kms:GenerateDataKey*"),
    )


def administration(names: Names) -> Statement:
    """Let the account's roles do everything with a key except working with it."""
    return _account(names, actions=_ADMINISTER)


def _account(names: Names, *, actions: tuple[str, ...]) -> Statement:
    """Let the account's own IAM policies decide; without it a key cannot be administered."""
    return Statement(sid="Account", principal=_root(names), actions=actions, resources=("*",))


def _through(names: Names, service: str) -> tuple[Statement, Statement]:
    """Let the account's roles work with the key by way of a service, never by themselves."""
    by_way = {
        "kms:CallerAccount": names.account_id,
        "kms:ViaService": f"{service}.{names.region}.amazonaws.com",
    }
    return _work_and_grant(service.capitalize(), _root(names), {"StringEquals": by_way}, _USE)


def _use(user: KeyUser) -> tuple[Statement, ...]:
    principal = {"Service": user.service}
    work, grant = _work_and_grant(user.sid, principal, user.condition, user.actions)
    return (work, grant) if user.grants else (work,)


def _work_and_grant(
    sid: str,
    principal: Mapping[str, str],
    condition: Mapping[str, Mapping[str, str]],
    actions: tuple[str, ...],
) -> tuple[Statement, Statement]:
    """A service that keeps a resource encrypted needs a grant; people are never given one."""
    resource_only = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return (
        Statement(
            sid=sid, principal=principal, actions=actions, resources=("*",), condition=condition
        ),
        Statement(
            sid=f"{sid}Grants",
            principal=principal,
            actions=("kms:CreateGrant",),
            resources=("*",),
            condition={**condition, **resource_only},
        ),
    )


def _root(names: Names) -> Mapping[str, str]:
    return {"AWS": f"arn:aws:iam::{names.account_id}:root"}
