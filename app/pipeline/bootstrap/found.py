"""What of the bootstrap is already in the account, and whether it is ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from app.config.names import ACCOUNT_ROLES, DELIVERY_ROLES, Names
from app.errors import Refused
from app.pipeline import aws

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client

_ABSENT = {"404", "NoSuchBucket", "NoSuchEntity", "NotFoundException", "NoSuchTagSet"}
_FOREIGN = {"403", "301", "AccessDenied", "PermanentRedirect"}
WORKSPACE = "bootstrap"
ISSUER = "token.actions.githubusercontent.com"


@dataclass(frozen=True, slots=True)
class Look:
    """Asks AWS for each thing that has a name of ours, or one of DMS's where we own those."""

    s3: S3Client
    iam: IAMClient
    kms: KMSClient
    names: Names
    owns_account_roles: bool

    def state_is_in_the_bucket(self) -> bool:
        """Tell whether the bootstrap has been moved in: nothing else can have its state there.

        Refused when the bucket belongs to somebody else.
        """
        if not self.bucket_exists():
            return False
        key = self.names.state_key(WORKSPACE)
        with aws.translated(f"looking for {key}"):
            try:
                self.s3.head_object(Bucket=self.names.state_bucket, Key=key)
            except ClientError as error:
                if aws.code(error) in _ABSENT:
                    return False
                raise
        return True

    def bucket_exists(self) -> bool:
        """Tell whether our state bucket exists. Refused when one of that name is not ours."""
        bucket, account = self.names.state_bucket, self.names.account_id
        with aws.translated(f"looking for {bucket}"):
            try:
                self.s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
            except ClientError as error:
                if aws.code(error) in _ABSENT:
                    return False
                if aws.code(error) in _FOREIGN:
                    raise self._not_ours(bucket, f"it does not belong to {account}") from error
                raise
            if not self._ours(self._bucket_tags()) and not self._bucket_is_new():
                raise self._not_ours(bucket, "it does not carry the tags of this workspace")
        return True

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield address and import id of everything that exists under its name.

        A run that died between a call and the writing of its state leaves such things behind.
        Refused when one of them is not ours.
        """
        if self.bucket_exists():
            yield "aws_s3_bucket.state_bucket", self.names.state_bucket
        with aws.translated("looking for the roles and the key"):
            yield from self._provider()
            yield from self._roles()
            yield from self._key()

    def _provider(self) -> Iterator[tuple[str, str]]:
        arn = f"arn:aws:iam::{self.names.account_id}:oidc-provider/{ISSUER}"
        known = self.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        if arn in {one["Arn"] for one in known}:
            tags = self.iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)
            if not self._ours(_tags(tags["Tags"])):
                raise self._not_ours(arn, "another project of this account trusts GitHub already")
            yield "aws_iam_openid_connect_provider.github_provider", arn

    def _roles(self) -> Iterator[tuple[str, str]]:
        for purpose in DELIVERY_ROLES:
            name = self.names.delivery_role(purpose)
            if self._role_exists(name, why="it does not carry the tags of this workspace"):
                yield f"aws_iam_role.{purpose}_role", name
        for purpose, name in ACCOUNT_ROLES.items() if self.owns_account_roles else ():
            why = "the account has it already: write replication.owns_account_roles: false"
            if self._role_exists(name, why=why):
                yield f"aws_iam_role.dms_{purpose}", name

    def _role_exists(self, name: str, *, why: str) -> bool:
        """Tell whether there is a role of that name. Refused, and why, when it is not ours."""
        try:
            self.iam.get_role(RoleName=name)
        except ClientError as error:
            if aws.code(error) in _ABSENT:
                return False
            raise
        if not self._ours(_tags(self.iam.list_role_tags(RoleName=name)["Tags"])):
            raise self._not_ours(name, why)
        return True

    def _key(self) -> Iterator[tuple[str, str]]:
        """Find the key by its alias, or by its tags when the alias was never made."""
        alias = self.names.key_alias("state")
        for page in self.kms.get_paginator("list_aliases").paginate():
            for one in page["Aliases"]:
                if one["AliasName"] == alias and "TargetKeyId" in one:
                    yield "aws_kms_alias.state_key_alias", alias
                    yield "aws_kms_key.state_key_key", one["TargetKeyId"]
                    return
        for page_of_keys in self.kms.get_paginator("list_keys").paginate():
            for key in page_of_keys["Keys"]:
                if self._is_unnamed_state_key(key["KeyId"]):
                    yield "aws_kms_key.state_key_key", key["KeyId"]
                    return

    def _is_unnamed_state_key(self, key: str) -> bool:
        try:
            tags = self.kms.list_resource_tags(KeyId=key)["Tags"]
            enabled = self.kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]
        except ClientError as error:
            if "AccessDenied" in aws.code(error):  # somebody else's key, closed to us
                return False
            raise
        return enabled and self._ours({one["TagKey"]: one["TagValue"] for one in tags})

    def _bucket_tags(self) -> Mapping[str, str]:
        try:
            found = self.s3.get_bucket_tagging(Bucket=self.names.state_bucket)
        except ClientError as error:
            if aws.code(error) in _ABSENT:
                return {}
            raise
        return _tags(found["TagSet"])

    def _bucket_is_new(self) -> bool:
        """Tell whether a run can have died right after making it: no tags, and nothing in it."""
        found = self.s3.list_object_versions(Bucket=self.names.state_bucket, MaxKeys=1)
        empty = not found.get("Versions") and not found.get("DeleteMarkers")
        return empty and not self._bucket_tags()

    def _ours(self, tags: Mapping[str, str]) -> bool:
        return (tags.get("environment"), tags.get("workspace")) == (
            self.names.environment,
            WORKSPACE,
        )

    def _not_ours(self, what: str, why: str) -> Refused:
        return Refused(
            f"{what} exists and is not ours: {why}",
            remedy="nothing was changed; give the environment another name or account, or see "
            "who made it",
        )


def _tags(found: object) -> dict[str, str]:
    return {one["Key"]: one["Value"] for one in found}  # type: ignore[attr-defined]  # one of three lists of the same shape
