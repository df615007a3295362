"""The zone of the payment API's name: its records, its signatures and its log."""

from __future__ import annotations

import json

from tests.synth.workspaces import Json, Synthesized, Workspace

ACCOUNT = "123456789012"
ZONE = "${aws_route53_zone.zone_public.zone_id}"
ZONE_ARN = f"arn:aws:route53:::hostedzone/{ZONE}"
GUARDED = {"prevent_destroy": True}
SIGNING_KEY = "aws_kms_key.zone_signing_key"


def of_route_53(workspace: Workspace, key: str) -> dict[str, Json]:
    found = workspace.statements(key)
    service = {"Service": "dnssec-route53.amazonaws.com"}
    return {sid: one for sid, one in found.items() if one["Principal"] == service}


def test_the_zone_cannot_be_destroyed(bootstrap: Workspace) -> None:
    zone = bootstrap.resource("aws_route53_zone.zone_public")
    assert zone["name"] == "payments.example.com"
    assert zone["lifecycle"] == GUARDED


def test_the_zone_is_there_before_anything_waits_for_what_its_parent_says(
    production: Synthesized,
) -> None:
    # fact: ACM looks the validation record up in public DNS; Terraform waits 75 minutes for it
    holding = {"aws_route53_zone": ["bootstrap"], "aws_acm_certificate_validation": ["service"]}
    for kind, workspaces in holding.items():
        assert [one.name for one in production.all() if kind in one.kinds()] == workspaces


def test_service_and_phases_find_the_public_zone_by_its_name(production: Synthesized) -> None:
    by_lookup = "${data.aws_route53_zone.zone.zone_id}"
    for workspace in (production["service"], *production.phases()):
        found = workspace.json["data"]["aws_route53_zone"]["zone"]
        assert found["name"] == "payments.example.com"
        assert not found.get("private_zone")
        records = workspace.resources("aws_route53_record").values()
        assert {one["zone_id"] for one in records} == {by_lookup}


def test_the_zone_knows_the_legacy_site(service: Workspace) -> None:
    legacy = service.resource("aws_route53_record.legacy_address")
    assert legacy["name"] == "legacy.payments.example.com"
    assert (legacy["type"], legacy["records"], legacy["ttl"]) == ("A", ["203.0.113.10"], 30)


def test_the_zone_is_signed_and_stays_so(bootstrap: Workspace) -> None:
    signing = bootstrap.resource("aws_route53_key_signing_key.zone_signing_signing_key")
    assert signing["hosted_zone_id"] == ZONE
    assert signing["key_management_service_arn"] == f"${{{SIGNING_KEY}.arn}}"
    assert signing["name"] == "payshift_production"
    signed = bootstrap.resource("aws_route53_hosted_zone_dnssec.zone_signing_dnssec")
    # By way of the key, so that it comes after it.
    assert signed["hosted_zone_id"] == (
        "${aws_route53_key_signing_key.zone_signing_signing_key.hosted_zone_id}"
    )
    assert "signing_status" not in signed  # SIGNING by default
    assert signing["lifecycle"] == signed["lifecycle"] == GUARDED


def test_the_signing_key_is_one_that_route_53_takes(bootstrap: Workspace) -> None:
    key = bootstrap.resource(SIGNING_KEY)
    assert (key["customer_master_key_spec"], key["key_usage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    assert key["provider"] == "aws.dns"
    assert "enable_key_rotation" not in key  # AWS refuses it for this kind
    assert (key["lifecycle"], key["deletion_window_in_days"]) == (GUARDED, 30)


def test_nobody_but_route_53_signs_and_only_for_this_zone(bootstrap: Workspace) -> None:
    signers = {
        sid
        for sid, one in bootstrap.statements(SIGNING_KEY).items()
        if {"kms:Sign", "kms:*"} & set(one["Action"])
    }
    assert signers == {"SignZone"}
    sign = of_route_53(bootstrap, SIGNING_KEY)["SignZone"]
    assert sign["Action"] == ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"]
    assert sign["Condition"] == {
        "ArnEquals": {"aws:SourceArn": ZONE_ARN},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }
    grant = of_route_53(bootstrap, SIGNING_KEY)["SignZoneGrants"]
    assert grant["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_the_owner_of_the_parent_zone_is_told_what_to_put_there(bootstrap: Workspace) -> None:
    told = {name: one["value"] for name, one in bootstrap.json["output"].items()}
    assert told["name_servers"] == "${aws_route53_zone.zone_public.name_servers}"
    assert told["ds_record"] == (
        "${aws_route53_key_signing_key.zone_signing_signing_key.ds_record}"
    )


def test_queries_are_logged_for_a_year_under_a_key_of_the_same_region(bootstrap: Workspace) -> None:
    group = bootstrap.resource("aws_cloudwatch_log_group.zone_query_log_log")
    assert group["name"] == "/aws/route53/payments.example.com"
    assert group["retention_in_days"] == 365
    assert group["kms_key_id"] == "${aws_kms_key.zone_query_log_key_key.arn}"
    assert group["provider"] == "aws.dns"
    key = bootstrap.resource("aws_kms_key.zone_query_log_key_key")
    assert (key["provider"], key["enable_key_rotation"]) == ("aws.dns", True)
    log = bootstrap.resource("aws_route53_query_log.zone_query_log_queries")
    assert log["zone_id"] == ZONE
    assert log["cloudwatch_log_group_arn"] == ("${aws_cloudwatch_log_group.zone_query_log_log.arn}")


def test_the_key_of_the_log_is_used_by_the_logs_of_that_region(bootstrap: Workspace) -> None:
    (use,) = (
        one
        for one in bootstrap.statements("aws_kms_key.zone_query_log_key_key").values()
        if one["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    )
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/route53/payments.example.com*"
    assert use["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": group}}


def test_route_53_may_write_the_log_of_this_zone_before_it_is_asked_to(
    bootstrap: Workspace,
) -> None:
    address = "aws_cloudwatch_log_resource_policy.zone_query_log_policy"
    policy = bootstrap.resource(address)
    assert policy["provider"] == "aws.dns"
    (write,) = json.loads(policy["policy_document"])["Statement"]
    assert write["Principal"] == {"Service": "route53.amazonaws.com"}
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/route53/payments.example.com"
    assert write["Resource"] == [f"{group}:log-stream:*"]
    assert write["Condition"] == {
        "ArnLike": {"aws:SourceArn": ZONE_ARN},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }
    log = bootstrap.resource("aws_route53_query_log.zone_query_log_queries")
    assert log["depends_on"] == [address]


def test_the_local_zone_is_signed_too(local: Synthesized) -> None:
    signing = local["bootstrap"].resource("aws_route53_key_signing_key.zone_signing_signing_key")
    assert signing["name"] == "payshift_local"
