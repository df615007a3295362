"""Certificate authorities: public certificates only, valid for years, refreshed from a bundle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from app.config.authorities import CERTIFICATES, NotCertificates, certificates, read_authorities
from app.errors import InputError
from app.pipeline.certificates import KINDS, refresh, regional_roots

FILES = sorted(file.name for file in CERTIFICATES.glob("*.pem"))
AWS = read_authorities("aws-us-east-2.pem")


@pytest.mark.parametrize("name", FILES)
def test_every_certificate_is_an_authoritys_and_valid_for_more_than_a_year(name: str) -> None:
    for text in certificates(read_authorities(name)):
        certificate = x509.load_pem_x509_certificate(text.encode())
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.value.ca
        assert certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=366)


def test_amazons_file_holds_the_regions_roots_one_of_each_kind() -> None:
    names = [
        x509.load_pem_x509_certificate(text.encode()).subject.rfc4514_string()
        for text in certificates(AWS)
    ]
    assert len(names) == 3
    for name, kind in zip(names, KINDS, strict=True):
        assert f"CN=Amazon RDS us-east-2 Root CA {kind} G1" in name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it holds none"),
        (AWS + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "a private key"),
        (AWS + "see above", "something else"),
        (AWS.replace("MII", "M", 1), "damaged: its length is wrong"),
        (AWS.replace("MII", "MYI", 1), "damaged: its length is wrong"),  # no sequence
        (AWS.replace("MII", "MI", 1), "damaged: Invalid base64"),
    ],
)
def test_what_is_not_a_public_certificate_is_refused(text: str, reason: str) -> None:
    with pytest.raises(NotCertificates, match=reason):
        certificates(text)


def test_a_bundle_of_many_becomes_the_regions_file_in_a_fixed_order(tmp_path: Path) -> None:
    several = certificates(AWS + read_authorities("data-centre-example.pem"))
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("\r\n".join(reversed([one.replace("\n", "\r\n") for one in several])))
    refreshed = refresh(region="us-east-2", bundle=bundle, write=True, directory=tmp_path)
    assert refreshed.differs
    assert (tmp_path / "aws-us-east-2.pem").read_text() == AWS
    assert not refresh(region="us-east-2", bundle=bundle, write=False, directory=tmp_path).differs


def test_a_file_that_differs_is_only_told_of_unless_it_shall_be_written(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(AWS)
    file = tmp_path / "aws-us-east-2.pem"
    file.write_text("old")
    assert refresh(region="us-east-2", bundle=bundle, write=False, directory=tmp_path).differs
    assert file.read_text() == "old"


def test_a_bundle_without_the_region_is_refused() -> None:
    with pytest.raises(InputError, match="holds 0 certificates named Amazon RDS us-west-2"):
        regional_roots(AWS, region="us-west-2")
