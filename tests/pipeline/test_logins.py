"""Commands log in to the databases with the engine's secrets and the right authorities."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from app.config.authorities import aws_authorities, certificates, read_authorities
from app.config.loading import load_environment
from app.errors import WorldError
from app.migration.sites import Site
from app.pipeline.logins import TRUST_VARIABLE, engine_logins
from app.pipeline.target import Target


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    monkeypatch.delenv(TRUST_VARIABLE, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    return Target(load_environment("production"), tmp_path)


def keep(target: Target, site: Site) -> None:
    secret = {"host": f"{site}.example", "port": 5432, "dbname": "payments"}
    boto3.client("secretsmanager", region_name=target.environment.region).create_secret(
        Name=target.names.secret(site.value, "migration"),
        SecretString=json.dumps({**secret, "username": "engine", "password": "hunter2"}),
    )


def test_both_logins_are_the_engines_and_each_trusts_its_own_authority(target: Target) -> None:
    with mock_aws():
        for site in Site:
            keep(target, site)
        logins = engine_logins(target)
    assert [login.host for login in logins.values()] == ["legacy.example", "aws.example"]
    assert {login.user for login in logins.values()} == {"engine"}
    assert "hunter2" not in repr(logins)
    trusted = {site: certificates(login.sslrootcert.read_text()) for site, login in logins.items()}
    # fact: Amazon's roots of the region for the one, the data centre's own for the other
    amazon = aws_authorities(target.environment.region)
    assert trusted[Site.AWS] == certificates(read_authorities(amazon))
    own = target.environment.replication.data_centre_authority
    assert trusted[Site.LEGACY] == certificates(read_authorities(own))


def test_a_named_bundle_is_trusted_instead(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TRUST_VARIABLE, str(tmp_path / "own.pem"))
    with mock_aws():
        for site in Site:
            keep(target, site)
        assert engine_logins(target)[Site.AWS].sslrootcert == tmp_path / "own.pem"


def test_a_missing_secret_is_named(target: Target) -> None:
    with mock_aws(), pytest.raises(WorldError, match="reading the login of legacy failed"):
        engine_logins(target)
