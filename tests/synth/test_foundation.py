"""The workspaces `network` and `data`."""

from __future__ import annotations

import json

from tests.synth.workspaces import Synthesized


def test_the_network_has_three_subnets_of_each_tier_in_three_zones(production: Synthesized) -> None:
    subnets = production["network"].resources("aws_subnet")
    placed = {name: (one["cidr_block"], one["availability_zone"]) for name, one in subnets.items()}
    assert placed == {
        f"{tier}_{letter}": (f"10.0.{third}/{bits}", f"us-east-2{letter}")
        for tier, bits, thirds in (
            ("web", 24, ("0.0", "1.0", "2.0")),
            ("app", 20, ("16.0", "32.0", "48.0")),
            ("data", 24, ("64.0", "65.0", "66.0")),
        )
        for letter, third in zip("abc", thirds, strict=True)
    }
    assert {one["tags"]["tier"] for one in subnets.values()} == {"web", "app", "data"}
    assert not any(one["map_public_ip_on_launch"] for one in subnets.values())


def test_names_are_resolved_inside_the_vpc(production: Synthesized) -> None:
    vpc = production["network"].resource("aws_vpc.network_vpc")
    assert vpc["enable_dns_support"] is True
    assert vpc["enable_dns_hostnames"] is True


def test_only_web_subnets_have_a_way_out(production: Synthesized) -> None:
    network = production["network"]
    tables = {route["route_table_id"] for route in network.resources("aws_route").values()}
    assert tables == {f"${{aws_route_table.web_routes_{letter}.id}}" for letter in "abc"}
    associations = network.resources("aws_route_table_association")
    assert len(associations) == 9
    for name, association in associations.items():
        tier, _, letter = name.split("_")
        assert association["subnet_id"] == f"${{aws_subnet.{tier}_{letter}.id}}"
        assert association["route_table_id"] == f"${{aws_route_table.{tier}_routes_{letter}.id}}"


def test_the_zone_knows_the_legacy_site_and_cannot_be_destroyed(production: Synthesized) -> None:
    service = production["service"]
    zone = service.resource("aws_route53_zone.zone_public")
    assert zone["name"] == "payments.example.com"
    assert zone["lifecycle"] == {"prevent_destroy": True}
    legacy = service.resource("aws_route53_record.zone_legacy")
    assert legacy["name"] == "legacy.payments.example.com"
    assert (legacy["type"], legacy["records"], legacy["ttl"]) == ("A", ["203.0.113.10"], 30)


def test_secrets_are_made_without_values_and_guarded(production: Synthesized) -> None:
    data = production["data"]
    secrets = data.resources("aws_secretsmanager_secret").values()
    assert {secret["name"] for secret in secrets} == {
        f"payshift/production/{site}/{role}"
        for site in ("legacy", "aws")
        for role in ("app", "migration", "replication", "rotation")
    }
    assert all(secret["lifecycle"] == {"prevent_destroy": True} for secret in secrets)
    assert "aws_secretsmanager_secret_version" not in data.kinds()


def test_the_evidence_bucket_is_versioned_encrypted_closed_and_guarded(
    production: Synthesized,
) -> None:
    data = production["data"]
    bucket = data.resource("aws_s3_bucket.evidence_bucket")
    assert bucket["bucket"] == "payshift-production-evidence-123456789012"
    assert bucket["lifecycle"] == {"prevent_destroy": True}
    versioning = data.resource("aws_s3_bucket_versioning.evidence_versioning")
    assert versioning["versioning_configuration"] == {"status": "Enabled"}
    encryption = "aws_s3_bucket_server_side_encryption_configuration.evidence_encryption"
    (rule,) = data.resource(encryption)["rule"]
    assert rule["apply_server_side_encryption_by_default"] == {"sse_algorithm": "aws:kms"}
    closed = data.resource("aws_s3_bucket_public_access_block.evidence_closed")
    switches = {name: value for name, value in closed.items() if isinstance(value, bool)}
    assert len(switches) == 4
    assert all(switches.values())


def test_the_evidence_bucket_refuses_plain_text(production: Synthesized) -> None:
    policy = production["data"].resource("aws_s3_bucket_policy.evidence_policy")["policy"]
    (statement,) = json.loads(policy)["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", {"AWS": "*"})
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
