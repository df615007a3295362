"""Commands log in to the databases with the engine's secrets and the right authorities."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from app.config.authorities import aws_authorities, certificates, read_authorities
from app.config.loading import load_environment
from app.errors import InputError, WorldError
from app.migration.sites import Site
from app.pipeline.first_logins.administrator import administrator
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


@pytest.fixture
def cluster(target: Target) -> Iterator[dict[str, str]]:
    """Aurora as `data` makes it, with the master's password where RDS keeps it."""
    with mock_aws():
        region = target.environment.region
        made = boto3.client("rds", region_name=region).create_db_cluster(
            DBClusterIdentifier=target.names.database_cluster,
            Engine="aurora-postgresql",
            MasterUsername="payshift_master",
            ManageMasterUserPassword=True,
            DatabaseName="payments",
        )["DBCluster"]
        boto3.client("secretsmanager", region_name=region).put_secret_value(
            SecretId=made["MasterUserSecret"]["SecretArn"],
            SecretString=json.dumps({"username": "payshift_master", "password": "hunter2"}),
        )
        yield {"endpoint": made["Endpoint"]}


def test_auroras_administrator_is_its_master_as_rds_keeps_it(
    target: Target, cluster: dict[str, str]
) -> None:
    found = administrator(target, Site.AWS, file=None)
    assert (found.user, found.dbname, found.port) == ("payshift_master", "payments", 5432)
    assert found.host == cluster["endpoint"]
    assert found.password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(found)
    amazon = aws_authorities(target.environment.region)
    assert certificates(found.sslrootcert.read_text()) == certificates(read_authorities(amazon))


def test_a_cluster_whose_master_rds_does_not_keep_is_told(target: Target) -> None:
    with mock_aws():
        boto3.client("rds", region_name=target.environment.region).create_db_cluster(
            DBClusterIdentifier=target.names.database_cluster,
            Engine="aurora-postgresql",
            MasterUsername="payshift_master",
            MasterUserPassword="a-long-password",
        )
        with pytest.raises(WorldError, match="RDS keeps no secret for the master of payshift-pro"):
            administrator(target, Site.AWS, file=None)


def test_the_legacy_administrator_comes_from_a_file_or_a_pipe_and_its_host_from_the_settings(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = json.dumps({"username": "postgres", "password": "hunter2"})
    file = tmp_path / "administrator.json"
    file.write_text(login, encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(login))
    for source in (file, Path("-")):
        found = administrator(target, Site.LEGACY, file=source)
        # fact: the address that the legacy secrets get is the one that the certificate names
        assert found.host == target.environment.data_centre.database_host
        assert (found.user, found.port, found.dbname) == ("postgres", 5432, "payments")


@pytest.mark.parametrize("text", ["hunter2", '{"username": "postgres"}', '["hunter2"]'])
def test_a_file_that_holds_no_login_is_refused_without_its_content(
    target: Target, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "administrator.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="is no login") as refusal:
        administrator(target, Site.LEGACY, file=file)
    assert "hunter2" not in str(refusal.value)


def test_nobody_is_taken_for_the_legacy_administrator(target: Target) -> None:
    with pytest.raises(InputError, match="add --administrator FILE"):
        administrator(target, Site.LEGACY, file=None)
