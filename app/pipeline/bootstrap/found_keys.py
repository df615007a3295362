"""Which keys of the bootstrap are in the account already, in its region and in Route 53's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from app.config.names import Names
from app.pipeline import aws
from app.pipeline.ours import is_ours

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key as the workspace makes it: its purpose, its addresses there, what describes it."""

    purpose: str
    address: str
    alias_address: str
    description: str


KEYS = (
    MadeKey(
        "state", "aws_kms_key.state_key_key", "aws_kms_alias.state_key_alias", "Terraform states"
    ),
    MadeKey(
        "registry",
        "aws_kms_key.images_key_key",
        "aws_kms_alias.images_key_alias",
        "Container images of the functions",
    ),
)
DNS_KEYS = (
    MadeKey(
        "dns-signing",
        "aws_kms_key.zone_signing_key",
        "aws_kms_alias.zone_signing_alias",
        "Signs the keys of the zone",
    ),
    MadeKey(
        "dns-log",
        "aws_kms_key.zone_query_log_key_key",
        "aws_kms_alias.zone_query_log_key_alias",
        "Log of the queries of the zone",
    ),
)


def found_keys(
    kms: KMSClient, keys: tuple[MadeKey, ...], *, names: Names
) -> Iterator[tuple[str, str]]:
    """Yield address and import id of keys and aliases.

    A key is known by its alias; by its tags and its description when that was never made.
    """
    aliases = {
        one["AliasName"]: one["TargetKeyId"]
        for page in kms.get_paginator("list_aliases").paginate()
        for one in page["Aliases"]
        if "TargetKeyId" in one
    }
    unnamed: dict[str, MadeKey] = {}
    for key in keys:
        alias = names.key_alias(key.purpose)
        if alias in aliases:
            yield key.alias_address, alias
            yield key.address, aliases[alias]
        else:
            unnamed[key.description] = key
    for page in kms.get_paginator("list_keys").paginate() if unnamed else ():
        for one in page["Keys"]:
            if made := unnamed.get(_described(kms, one["KeyId"], names=names)):
                del unnamed[made.description]
                yield made.address, one["KeyId"]


def _described(kms: KMSClient, key: str, *, names: Names) -> str:
    """Return what describes a key of ours that works; nothing for every other."""
    try:
        tags = kms.list_resource_tags(KeyId=key)["Tags"]
        known = kms.describe_key(KeyId=key)["KeyMetadata"]
    except ClientError as error:
        if "AccessDenied" in aws.code(error):  # somebody else's key, closed to us
            return ""
        raise
    ours = is_ours({one["TagKey"]: one["TagValue"] for one in tags}, names)
    return known.get("Description", "") if known["Enabled"] and ours else ""
