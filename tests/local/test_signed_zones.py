"""What the local AWS API answers about signed zones and their query logs, where moto would not."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterator
from typing import Any

import boto3
import dns.name
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.local.world import World

pytestmark = pytest.mark.slow

ZONE = "signed.test"


class Signed:
    """A zone of its own, and the keys of Route 53's region."""

    def __init__(self, world: World) -> None:
        self.route53 = world.client("route53")
        self.kms = boto3.client(
            "kms",
            endpoint_url=world.endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        made = self.route53.create_hosted_zone(Name=ZONE, CallerReference="signed")
        self.zone = str(made["HostedZone"]["Id"]).removeprefix("/hostedzone/")

    def kms_key(self, **given: Any) -> str:
        """Create a key of KMS that can sign a zone, unless told otherwise; returns its ARN."""
        wanted = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY", **given}
        return str(self.kms.create_key(**wanted)["KeyMetadata"]["Arn"])

    def add(self, name: str, arn: str) -> dict[str, Any]:
        """Create an active key-signing key."""
        made: dict[str, Any] = self.route53.create_key_signing_key(
            CallerReference=name,
            HostedZoneId=self.zone,
            KeyManagementServiceArn=arn,
            Name=name,
            Status="ACTIVE",
        )["KeySigningKey"]
        return made

    def status(self) -> tuple[str, dict[str, str]]:
        """Whether the zone is signed, and the status of each key."""
        found = self.route53.get_dnssec(HostedZoneId=self.zone)
        keys = {key["Name"]: key["Status"] for key in found["KeySigningKeys"]}
        return found["Status"]["ServeSignature"], keys


@pytest.fixture
def signed(world: World) -> Iterator[Signed]:
    signed = Signed(world)
    yield signed
    signed.route53.delete_hosted_zone(Id=signed.zone)


def refused(call: Any, **given: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**given)
    return str(error.value.response["Error"]["Code"])


def test_the_records_of_a_signing_key_are_those_of_its_key_in_kms(signed: Signed) -> None:
    arn = signed.kms_key()
    made = signed.add("one", arn)

    public = load_der_public_key(signed.kms.get_public_key(KeyId=arn)["PublicKey"])
    assert isinstance(public, EllipticCurvePublicKey)
    point = public.public_numbers()
    key = point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")
    assert made["DNSKEYRecord"] == f"257 3 13 {base64.b64encode(key).decode()}"
    # RFC 4034: the digest is over the owner's name and the record; the tag is a sum of its halves.
    record = struct.pack("!HBB", 257, 3, 13) + key
    digest = hashlib.sha256(dns.name.from_text(ZONE).to_digestable() + record).hexdigest().upper()
    total = sum(struct.unpack(f"!{len(record) // 2}H", record))
    tag = (total + (total >> 16)) & 0xFFFF
    assert made["DSRecord"] == f"{tag} 13 2 {digest}"
    assert (made["KeyTag"], made["DigestValue"], made["KmsArn"]) == (tag, digest, arn)


def test_a_zone_is_signed_once_it_has_an_active_key_and_keeps_it(signed: Signed) -> None:
    zone = {"HostedZoneId": signed.zone}
    code = refused(signed.route53.enable_hosted_zone_dnssec, **zone)
    assert code == "KeySigningKeyWithActiveStatusNotFound"
    signed.add("one", signed.kms_key())
    signed.route53.enable_hosted_zone_dnssec(**zone)
    assert signed.status() == ("SIGNING", {"one": "ACTIVE"})

    one = {**zone, "Name": "one"}
    assert refused(signed.route53.deactivate_key_signing_key, **one) == "KeySigningKeyInUse"
    assert refused(signed.route53.delete_key_signing_key, **one) == "InvalidKeySigningKeyStatus"
    signed.route53.disable_hosted_zone_dnssec(**zone)
    assert refused(signed.route53.disable_hosted_zone_dnssec, **zone) == "DNSSECNotFound"
    signed.route53.deactivate_key_signing_key(**one)
    assert signed.status() == ("NOT_SIGNING", {"one": "INACTIVE"})
    signed.route53.activate_key_signing_key(**one)
    signed.route53.deactivate_key_signing_key(**one)
    signed.route53.delete_key_signing_key(**one)
    assert signed.status() == ("NOT_SIGNING", {})
    assert refused(signed.route53.activate_key_signing_key, **one) == "NoSuchKeySigningKey"


@pytest.mark.parametrize(
    "given",
    [
        {"KeySpec": "ECC_NIST_P384"},
        {"KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT"},
    ],
)
def test_a_key_that_cannot_sign_a_zone_is_refused(signed: Signed, given: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="InvalidKMSArn"):
        signed.add("one", signed.kms_key(**given))


def test_a_key_of_another_region_is_refused(signed: Signed, world: World) -> None:
    made = world.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    with pytest.raises(ClientError, match=r"InvalidKMSArn.*us-east-1"):
        signed.add("one", made["KeyMetadata"]["Arn"])


def test_queries_are_logged_to_a_group_named_as_terraform_names_it(
    signed: Signed, world: World
) -> None:
    logs = boto3.client(
        "logs",
        endpoint_url=world.endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    logs.create_log_group(logGroupName=f"/aws/route53/{ZONE}")
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:/aws/route53/{ZONE}"
    made = signed.route53.create_query_logging_config(
        HostedZoneId=signed.zone, CloudWatchLogsLogGroupArn=arn
    )["QueryLoggingConfig"]
    found = signed.route53.get_query_logging_config(Id=made["Id"])["QueryLoggingConfig"]
    assert found["CloudWatchLogsLogGroupArn"] == arn
    code = refused(
        signed.route53.create_query_logging_config,
        HostedZoneId=signed.zone,
        CloudWatchLogsLogGroupArn=f"{arn}-nowhere",
    )
    assert code == "NoSuchCloudWatchLogsLogGroup"
