"""Two real PostgreSQL clusters over TLS, and moto's AWS API over real HTTP, for the functions."""

from __future__ import annotations

import importlib
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import boto3
import psycopg
import pytest
from moto.server import ThreadedMotoServer

from app.lambdas.payment_api import request_log
from app.local.postgres import roles
from app.local.postgres.cluster import PostgresCluster
from app.migration.connection import DatabaseSettings, connect
from app.migration.sites import Site
from tests.aws_api import variables_for
from tests.clusters import placed, two_sites
from tests.lambdas.invocation import alb_event, lambda_context

FEATURES = "/payshift/local/features"
COUNT = """
    SELECT (SELECT count(*) FROM payments.payment), (SELECT count(*) FROM payments.refund),
           (SELECT count(*) FROM payments.ledger_entry)
"""
HANDLER = "app.lambdas.payment_api.handler"


@dataclass(frozen=True, slots=True)
class Pair:
    """The two databases, and the engine's way into them."""

    clusters: dict[Site, PostgresCluster]

    def engine(self, site: Site) -> psycopg.Connection:
        """Open a connection with the engine's rights."""
        return connect(self.settings(site, roles.ENGINE), application_name="test")

    def settings(self, site: Site, role: str) -> DatabaseSettings:
        """How a role reaches a site's database."""
        return self.clusters[site].settings_for(role=role)

    def ask(self, site: Site, statement: str) -> tuple[Any, ...]:
        """Return the first row of a statement."""
        with self.engine(site) as connection:
            row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        return tuple(row)

    def tell(self, site: Site, *statements: str) -> None:
        """Carry out statements with the engine's rights."""
        with self.engine(site) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def cut(self, site: Site) -> None:
        """Terminate every session of the API."""
        self.tell(
            site,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'payments_app'",
        )

    def wait_for_a_lock(self, site: Site) -> None:
        """Return when a session of the API waits for a lock."""
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND usename = 'payments_app'"
        )
        while self.ask(site, waiting) == (0,):
            time.sleep(0.01)

    def count(self) -> dict[str, int]:
        """Rows of every business table of both databases together."""
        rows = [self.ask(site, COUNT) for site in self.clusters]
        payments, refunds, entries = (sum(numbers) for numbers in zip(*rows, strict=True))
        return {"payment": payments, "refund": refunds, "ledger_entry": entries}

    def accept(self, site: Site | None) -> None:
        """Make `site` the only one that accepts writes, or nobody; the old one stops first."""
        for other in sorted(self.clusters, key=lambda one: one is site):
            with self.engine(other) as connection:
                connection.execute("SELECT pg_advisory_lock(payshift.fence_key())")
                connection.execute(
                    "UPDATE payshift.writer SET accepting = %s, writer = coalesce(%s, writer),"
                    " epoch = epoch + 1",
                    (other is site, site),
                )


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both clusters, prepared, with the legacy one as the writer."""
    with (
        placed(tmp_path_factory.mktemp("postgresql")) as place,
        two_sites(place, settings={}, replicating=False) as clusters,
    ):
        yield Pair(clusters)


@pytest.fixture
def databases(pair: Pair) -> Pair:
    """Both databases, empty, with the legacy one as the writer."""
    for site in Site:
        with pair.engine(site) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(
                "TRUNCATE payments.ledger_entry, payments.refund, payments.payment CASCADE"
            )
    pair.accept(Site.LEGACY)
    return pair


@pytest.fixture(scope="session")
def aws_server() -> Iterator[str]:
    """Address of moto's AWS API on a free port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(aws_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the AWS API as the functions find it: through the environment alone."""
    for name, value in variables_for(aws_server).items():
        monkeypatch.setenv(name, value)
    return aws_server


def keep_secret(name: str, settings: DatabaseSettings) -> None:
    """Keep a login in Secrets Manager, in the shape of RDS."""
    text = json.dumps(
        {
            "engine": "postgres",
            "host": settings.host,
            "port": settings.port,
            "dbname": settings.dbname,
            "username": settings.user,
            "password": settings.password.get_secret_value(),
            "hostaddr": settings.hostaddr,
        }
    )
    client = boto3.client("secretsmanager")
    try:
        client.create_secret(Name=name, SecretString=text)
    except client.exceptions.ResourceExistsException:
        client.put_secret_value(SecretId=name, SecretString=text)


def set_features(**features: Any) -> None:
    """Set the phase's features, as a phase workspace does."""
    value = {"phase": "phase-10", "number": 10, "aws_percent": 10, "features": features}
    boto3.client("ssm").put_parameter(
        Name=FEATURES, Value=json.dumps(value), Type="String", Overwrite=True
    )


@pytest.fixture
def function_environment(
    databases: Pair, aws: str, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Set the environment variables of the functions, with their secrets and parameter in AWS."""
    assert aws
    for site in Site:
        for purpose, role in (("app", roles.APPLICATION), ("migration", roles.ENGINE)):
            keep_secret(f"payshift/local/{site}/{purpose}", databases.settings(site, role))
    set_features(writer="legacy", reads="writer", shadow_reads_percent=0)
    values = {
        "PAYSHIFT_ENVIRONMENT": "local",
        "PAYSHIFT_SITE": "aws",
        "PAYSHIFT_LEGACY_SECRET": "payshift/local/legacy/app",
        "PAYSHIFT_AWS_SECRET": "payshift/local/aws/app",
        "PAYSHIFT_FEATURES_PARAMETER": FEATURES,
        "PAYSHIFT_TRUST_BUNDLE": str(databases.settings(Site.AWS, roles.APPLICATION).sslrootcert),
        "PAYSHIFT_HOLD_SECONDS": "2",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


@dataclass(slots=True)
class Answered:
    """A response of the API, taken apart."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class Api:
    """The payment API behind its real handler, in a sandbox of its own."""

    module: ModuleType
    qualifier: str | None = None

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Answered:
        """Send one event of the load balancer."""
        return self.event(alb_event(method, path, body, **options))

    def event(self, event: dict[str, Any]) -> Answered:
        """Send an event as it is."""
        response = self.module.handler(event, lambda_context(qualifier=self.qualifier))
        several = response.get("multiValueHeaders", {})
        headers = response.get("headers") or {name: one[0] for name, one in several.items()}
        return Answered(response["statusCode"], headers, json.loads(response["body"]))

    def pay(self, *, key: str, amount_minor: Any = 1999, **changes: Any) -> Answered:
        """Ask for a payment."""
        body = {"amount_minor": amount_minor, "currency": "USD", "merchant_id": "m-1"} | changes
        return self("POST", "/v1/payments", body, key=key)


StartApi = Callable[..., Api]


def forget_the_log() -> None:
    """Let the next sandbox write to the output of its own test, not to that of an earlier one."""
    request_log.logger.cache_clear()
    logging.Logger.manager.loggerDict.pop("payment-api", None)


@pytest.fixture
def start_api(
    function_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[StartApi]:
    """Start a sandbox of the API: its handler module, imported anew; None unsets a variable."""
    started: list[Api] = []
    assert function_environment

    def start(**changes: str | None) -> Api:
        for name, value in changes.items():
            if value is None:
                monkeypatch.delenv(name)
            else:
                monkeypatch.setenv(name, value)
        forget_the_log()
        sys.modules.pop(HANDLER, None)
        api = Api(importlib.import_module(HANDLER))
        started.append(api)
        return api

    yield start
    for api in started:
        api.module._api.service.sessions.close()
    sys.modules.pop(HANDLER, None)


@pytest.fixture
def api(start_api: StartApi) -> Api:
    """Start the payment API inside AWS."""
    return start_api()
