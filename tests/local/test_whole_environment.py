"""The local environment as its user meets it. The tests follow one story, in their order."""

from __future__ import annotations

import http.client
import json
import shlex
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import dns.resolver
import psycopg
import pytest

from app.local.facts import LocalFacts
from app.local.rehearsal.databases import databases_of
from app.migration.connection import connect
from app.migration.sites import Site
from tests.documents import ROOT, blocks
from tests.local.starting import assert_nothing_is_left, payshift, places, processes

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1_200)]


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    local = tmp_path_factory.mktemp("whole") / "local"
    started = payshift("local", "up", "--rows", "2000", local=local)
    assert started.returncode == 0, started.stderr
    outside = places(local)
    yield local
    payshift("local", "down", local=local)
    assert_nothing_is_left(local, outside)


@pytest.fixture
def facts(local: Path) -> LocalFacts:
    return LocalFacts.read(local / "environment.json")


def _weights(facts: LocalFacts, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    for name, value in facts.process_environment.items():
        monkeypatch.setenv(name, value)
    route53 = boto3.client("route53")
    zone = route53.list_hosted_zones()["HostedZones"][0]["Id"]
    records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {one["SetIdentifier"]: one["Weight"] for one in records if "Weight" in one}


def _phases(tmp_path: Path, live: str) -> str:
    directory = tmp_path / "phases"
    directory.mkdir()
    for file in Path("phases").glob("*.yaml"):
        (directory / file.name).write_text(file.read_text())
    (directory / "live.yaml").write_text(f"live: {live}\n")
    return str(directory)


def test_status_names_every_process_and_address(local: Path, facts: LocalFacts) -> None:
    shown = json.loads(payshift("local", "status", "--json", local=local).stdout)
    assert shown["running"] is True
    assert shown["aws_endpoint"] == facts.aws_endpoint
    assert {one["name"]: one["running"] for one in shown["processes"]} == dict.fromkeys(
        ("cloud", "legacy", "functions", "PostgreSQL legacy", "PostgreSQL aws"), True
    )


def test_a_second_start_is_refused_and_harms_nothing(local: Path) -> None:
    before = {one.pid for one in processes(local)}
    second = payshift("local", "up", "--rows", "2000", local=local)
    assert second.returncode == 3
    assert "running already" in second.stderr
    assert "payshift local down" in second.stderr
    assert {one.pid for one in processes(local)} == before


def test_phase_0_is_delivered_and_a_payment_taken_by_its_public_name(
    local: Path, facts: LocalFacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phases = _phases(tmp_path, "phase-0")
    done = payshift("deliver", "-e", "local", "--phases", phases, local=local)
    assert done.returncode == 0, done.stderr
    assert _weights(facts, monkeypatch) == {"legacy": 100, "aws": 0}
    assert _pay(facts, key="whole-1")["status"] == "captured"


def test_status_tells_phase_traffic_writer_and_lag(local: Path, tmp_path: Path) -> None:
    phases = _phases(tmp_path, "phase-10")
    done = payshift("status", "-e", "local", "--phases", phases, "--json", local=local)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["world"]["phase"] == "phase-0"
    assert shown["weights"] == {"legacy": 100, "aws": 0}
    assert shown["engine"]["accepting"] == ["legacy"]
    assert 0 <= shown["engine"]["lag_seconds"] < 5
    assert shown["moves"] == [{"phase": "phase-10", "from_phase": 0, "reason": "up"}]
    assert (shown["troubles"], shown["unknown"]) == ([], {})


def test_verify_proves_schemas_money_and_rows_of_both_sites(local: Path, facts: LocalFacts) -> None:
    ended = payshift("verify", "-e", "local", "--json", local=local)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    shown = json.loads(ended.stdout)
    assert shown["schemas"]["equal"] is shown["money"]["equal"] is True
    # fact: the environment was begun with 2,000 payments, each with two ledger rows
    rows = {table["table"]: table["rows"]["right"] for table in shown["rows"]["tables"]}
    assert rows["payments.payment"] >= 2_000
    assert rows["payments.ledger_entry"] >= 4_000
    with _engine(facts, Site.AWS) as connection:
        connection.execute("GRANT DELETE ON payments.payment TO payments_app")
        different = payshift("verify", "-e", "local", local=local)
        connection.execute("REVOKE DELETE ON payments.payment FROM payments_app")
    assert different.returncode == 1, different.stderr
    assert "  grant payments.payment to payments_app: legacy INSERT" in different.stdout
    assert different.stdout.splitlines()[-1] == "schemas, money, rows: different"


def test_the_runnable_blocks_of_the_runbook_run(local: Path) -> None:
    page = (ROOT / "docs" / "RUNBOOK.md").read_text(encoding="utf-8")
    runnable = [block for block in blocks(page) if block.runnable]
    assert runnable
    for line in (line for block in runnable for line in block.lines):
        program, *words = shlex.split(line)
        assert program == "payshift"
        done = payshift(*words, local=local, extra={"PAYSHIFT_ENVIRONMENT": "local"})
        assert done.returncode == 0, f"{line}: {done.stderr}"


def test_a_gate_that_fails_stops_the_phase_with_the_old_weights_in_place(
    local: Path, facts: LocalFacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _engine(facts, Site.AWS) as connection:
        connection.execute("ALTER SUBSCRIPTION payshift_forward DISABLE")
    try:
        phases = _phases(tmp_path, "phase-10")
        done = payshift("deliver", "-e", "local", "--phases", phases, "--json", local=local)
    finally:
        with _engine(facts, Site.AWS) as connection:
            connection.execute("ALTER SUBSCRIPTION payshift_forward ENABLE")
    assert done.returncode == 1, done.stderr
    assert "phase-10 was refused" in done.stderr
    assert "replication_lag_seconds" in done.stderr
    assert "limit 5" in done.stderr
    assert "production is back in phase-0" in done.stderr
    assert _weights(facts, monkeypatch) == {"legacy": 100, "aws": 0}
    assert _pay(facts, key="whole-2")["status"] == "captured"


def test_a_part_that_dies_ends_the_environment_and_status_says_why(local: Path) -> None:
    outside = places(local)
    cloud = next(
        one
        for one in processes(local)
        if one.cmdline()[2:4] == ["app.local.child", str(one.ppid())]
        and "app.local.cloud" in one.cmdline()
    )
    cloud.kill()
    assert_nothing_is_left(local, outside)
    shown = json.loads(payshift("local", "status", "--json", local=local).stdout)
    assert shown["running"] is False
    assert "cloud ended with -9" in shown["last_words"]


def _engine(facts: LocalFacts, site: Site) -> psycopg.Connection:
    return connect(databases_of(facts)[site], application_name="test")


def _pay(facts: LocalFacts, *, key: str) -> dict[str, Any]:
    """Pay as a client does: resolve the name, connect to that address, verify the name."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [facts.dns.host], facts.dns.port
    address = str(resolver.resolve(facts.api_name, "A")[0])
    context = ssl.create_default_context(cafile=str(facts.ca_file))
    connection = http.client.HTTPSConnection(facts.api_name, facts.api_port, context=context)
    raw = socket.create_connection((address, facts.api_port), timeout=10)
    connection.sock = context.wrap_socket(raw, server_hostname=facts.api_name)
    body = json.dumps({"amount_minor": 1250, "currency": "USD", "merchant_id": "m-1"})
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    connection.request("POST", "/v1/payments", body=body, headers=headers)
    answer = connection.getresponse()
    payment: dict[str, Any] = json.loads(answer.read())
    assert answer.status == 201, payment
    return payment
