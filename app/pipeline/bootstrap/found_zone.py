"""Whether the public zone is in the account already, with its signatures and its log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from app.config.names import Names
from app.pipeline.ours import NO_TAGS, is_ours, not_ours, require_ours, tags_of
from app.pipeline.traffic import public_zone

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

_PREFIX = "/hostedzone/"
_SIGNING = "aws_route53_key_signing_key.zone_signing_signing_key"
# What Route 53 writes into a zone when it makes it.
_OWN_RECORDS = {"NS", "SOA"}


def found_zone(route53: Route53Client, *, zone: str, names: Names) -> Iterator[tuple[str, str]]:
    """Yield address and import id of the zone and of what hangs on it.

    Route 53 makes as many zones of one name as it is asked for, so one that is there must be
    taken over. Refused when it is not ours.
    """
    found = public_zone(route53, zone=zone)
    if found is None:
        return
    zone_id = found.removeprefix(_PREFIX)
    tags = tags_of(
        route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id)[
            "ResourceTagSet"
        ]["Tags"]
    )
    if not is_ours(tags, names) and (tags or not _is_new(route53, zone_id)):
        raise not_ours(f"the zone {zone}", NO_TAGS)
    yield "aws_route53_zone.zone_public", zone_id
    signed = route53.get_dnssec(HostedZoneId=zone_id)
    for key in signed["KeySigningKeys"]:
        if key["Name"] == names.zone_signing_key:
            yield _SIGNING, f"{zone_id},{key['Name']}"
    if signed["Status"]["ServeSignature"] == "SIGNING":
        yield "aws_route53_hosted_zone_dnssec.zone_signing_dnssec", zone_id
    for page in route53.get_paginator("list_query_logging_configs").paginate():
        for log in page["QueryLoggingConfigs"]:
            if log["HostedZoneId"].removeprefix(_PREFIX) == zone_id:
                yield "aws_route53_query_log.zone_query_log_queries", log["Id"]


def found_query_log(
    logs: Any,  # noqa: ANN401  # boto3's own
    *,
    zone: str,
    names: Names,
) -> Iterator[tuple[str, str]]:
    """Yield address and import id of the log group; `logs` is of Route 53's region. Refused."""
    group = names.query_log_group(zone)
    for one in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        if one["logGroupName"] == group:
            tags = logs.list_tags_log_group(logGroupName=group)["tags"]
            require_ours(group, tags, names)
            yield "aws_cloudwatch_log_group.zone_query_log_log", group


def _is_new(route53: Route53Client, zone_id: str) -> bool:
    """Tell whether a run can have died right after making it: it answers nothing yet."""
    records = route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    return {one["Type"] for one in records} <= _OWN_RECORDS
