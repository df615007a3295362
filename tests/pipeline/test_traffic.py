"""What the name of the payment API has in the public zone, asked of Route 53 over HTTP."""

from __future__ import annotations

import pytest

from app.errors import WorldError
from app.pipeline import aws
from app.pipeline.traffic import (
    RecordInForce,
    public_zone,
    records_in_force,
    wanted_weights,
    weights_of,
)
from tests.pipeline.by_hand import Zone
from tests.pipeline.conftest import Place


def in_force(place: Place) -> tuple[RecordInForce, ...] | None:
    environment = place.target.environment
    return records_in_force(aws.route53(environment), dns=environment.dns)


def test_every_record_of_the_name_is_told_and_no_other(place: Place) -> None:
    zone, dns = Zone.anew(place), place.target.environment.dns
    assert in_force(place) == ()
    zone(legacy=90, aws=10)
    zone(ttl=300, elsewhere=5)
    aws.route53(place.target.environment).change_resource_record_sets(
        HostedZoneId=zone.id,
        ChangeBatch={
            "Changes": [
                {
                    "Action": "UPSERT",
                    "ResourceRecordSet": {
                        "Name": f"other.{dns.zone}", "Type": "CNAME", "TTL": 5,
                        "ResourceRecords": [{"Value": f"legacy.{dns.zone}"}],
                    },
                }
            ]
        },
    )  # fmt: skip
    found = in_force(place)
    assert found is not None
    assert set(found) == {
        RecordInForce(site="legacy", weight=90, ttl=dns.ttl_seconds),
        RecordInForce(site="aws", weight=10, ttl=dns.ttl_seconds),
        RecordInForce(site="elsewhere", weight=5, ttl=300),
    }
    assert weights_of(found) == {"legacy": 90, "aws": 10, "elsewhere": 5}


def test_a_private_zone_of_the_same_name_answers_no_client(place: Place) -> None:
    zone, environment = Zone.anew(place), place.target.environment
    route53 = aws.route53(environment)
    route53.delete_hosted_zone(Id=zone.id)
    assert in_force(place) is None
    ec2 = aws.client(environment, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    private = route53.create_hosted_zone(
        Name=environment.dns.zone,
        CallerReference=f"private-{environment.name}",
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCId": vpc, "VPCRegion": "us-east-2"},
    )["HostedZone"]["Id"]
    assert in_force(place) is None
    public = route53.create_hosted_zone(
        Name=environment.dns.zone, CallerReference=f"public-{environment.name}"
    )["HostedZone"]["Id"]
    Zone(place, private)(legacy=0, aws=100)
    Zone(place, public)(legacy=90, aws=10)
    assert public_zone(route53, zone=environment.dns.zone) == public
    assert weights_of(in_force(place) or ()) == wanted_weights(aws_percent=10)


def test_a_route_53_that_does_not_answer_is_a_failure_with_a_remedy(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(WorldError, match=r"reading the weights of api\.payments\.test failed"):
        in_force(place)
