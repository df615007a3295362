"""What of the bootstrap is already in the account, and whether it is ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from app.config.environment import Environment
from app.config.names import ACCOUNT_ROLES, DELIVERY_ROLES, DNS_REGION, Names
from app.pipeline import aws
from app.pipeline.bootstrap.found_keys import DNS_KEYS, KEYS, found_keys
from app.pipeline.bootstrap.found_repository import found_repository
from app.pipeline.bootstrap.found_zone import found_query_log, found_zone
from app.pipeline.ours import (
    BOOTSTRAP,
    NO_TAGS,
    is_ours,
    not_ours,
    require_ours,
    tags_of,
)

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_s3 import S3Client

_ABSENT = {"404", "NoSuchBucket", "NoSuchEntity", "NotFoundException", "NoSuchTagSet"}
_FOREIGN = {"403", "301", "AccessDenied", "PermanentRedirect"}
ISSUER = "token.actions.githubusercontent.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Asks AWS for each thing that has a name of ours, or one of DMS's where we own those.

    `dns_…` asks in the region of Route 53.
    """

    names: Names
    zone: str
    owns_account_roles: bool
    s3: S3Client
    iam: IAMClient
    kms: KMSClient
    route53: Route53Client
    ecr: Any
    dns_kms: KMSClient
    dns_logs: Any

    @classmethod
    def at(cls, environment: Environment) -> Self:
        """Look at the account of an environment."""
        there = environment.model_copy(update={"region": DNS_REGION})
        return cls(
            names=Names.of(environment),
            owns_account_roles=environment.replication.owns_account_roles,
            zone=environment.dns.zone,
            s3=aws.s3(environment),
            iam=aws.iam(environment),
            kms=aws.kms(environment),
            route53=aws.route53(environment),
            ecr=aws.client(environment, "ecr"),
            dns_kms=aws.kms(there),
            dns_logs=aws.client(there, "logs"),
        )

    def state_is_in_the_bucket(self) -> bool:
        """Tell whether the bootstrap has been moved in: nothing else can have its state there.

        Refused when the bucket belongs to somebody else.
        """
        if not self.bucket_exists():
            return False
        key = self.names.state_key(BOOTSTRAP)
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
                    raise not_ours(bucket, f"it does not belong to {account}") from error
                raise
            if not is_ours(self._bucket_tags(), self.names) and not self._bucket_is_new():
                raise not_ours(bucket, NO_TAGS)
        return True

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield address and import id of everything that exists under its name.

        A run that died between a call and the writing of its state leaves such things behind.
        Refused when one of them is not ours.
        """
        if self.bucket_exists():
            yield "aws_s3_bucket.state_bucket", self.names.state_bucket
        with aws.translated("looking for roles, keys, zone and repository"):
            yield from self._provider()
            yield from self._roles()
            yield from found_keys(self.kms, KEYS, names=self.names)
            yield from found_keys(self.dns_kms, DNS_KEYS, names=self.names)
            yield from found_zone(self.route53, zone=self.zone, names=self.names)
            yield from found_query_log(self.dns_logs, zone=self.zone, names=self.names)
            yield from found_repository(self.ecr, names=self.names)

    def _provider(self) -> Iterator[tuple[str, str]]:
        arn = f"arn:aws:iam::{self.names.account_id}:oidc-provider/{ISSUER}"
        known = self.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        if arn in {one["Arn"] for one in known}:
            tags = self.iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)
            why = "another project of this account trusts GitHub already"
            require_ours(arn, tags_of(tags["Tags"]), self.names, why=why)
            yield "aws_iam_openid_connect_provider.github_provider", arn

    def _roles(self) -> Iterator[tuple[str, str]]:
        for purpose in DELIVERY_ROLES:
            name = self.names.delivery_role(purpose)
            if self._role_exists(name, why=NO_TAGS):
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
        if not is_ours(tags_of(self.iam.list_role_tags(RoleName=name)["Tags"]), self.names):
            raise not_ours(name, why)
        return True

    def _bucket_tags(self) -> Mapping[str, str]:
        try:
            found = self.s3.get_bucket_tagging(Bucket=self.names.state_bucket)
        except ClientError as error:
            if aws.code(error) in _ABSENT:
                return {}
            raise
        return tags_of(found["TagSet"])

    def _bucket_is_new(self) -> bool:
        """Tell whether a run can have died right after making it: no tags, and nothing in it."""
        found = self.s3.list_object_versions(Bucket=self.names.state_bucket, MaxKeys=1)
        empty = not found.get("Versions") and not found.get("DeleteMarkers")
        return empty and not self._bucket_tags()
