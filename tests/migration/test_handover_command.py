"""`payshift handover` as operators run it: real processes, real servers, secrets over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest

from app.config.loading import load_environment
from app.config.names import Names
from app.errors import HandoverRefused
from app.local.postgres import roles
from app.migration.abort import AbortResult, abort
from app.migration.connection import DatabaseSettings, connect
from app.migration.handover import Handover
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Databases, Site
from app.migration.status import status
from app.pipeline.evidence import new_run_id
from app.pipeline.handover.actions import move
from app.pipeline.report import silent
from app.pipeline.target import Target
from tests.aws_api import aws_api, variables_for
from tests.migration.killed_handover import run_and_kill
from tests.migration.support import Pair, accepting, next_run_id, pay

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LONG_AGO, FAR_AHEAD = "20200101T000000.000000Z-aaaa", "20990101T000000.000000Z-aaaa"


@dataclass(frozen=True)
class Operator:
    """Somebody at a terminal."""

    directory: Path
    variables: dict[str, str]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `payshift handover …`."""
        return subprocess.Popen(
            [sys.executable, "-m", "app.pipeline.cli", "handover", *arguments],
            cwd=self.directory,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run it; return exit code, output and errors."""
        return ended(self.start(*arguments))

    def ask(self, *arguments: str) -> Any:
        """Run it with --json and return what it printed; it must say yes."""
        code, output, errors = self.run(*arguments, "--json")
        assert code == 0, output + errors
        return json.loads(output)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=90)
    return process.returncode, output, errors


@pytest.fixture(scope="module")
def operator(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with aws_api() as address:
        login = pair.databases[Site.LEGACY]
        variables = {
            **variables_for(address),
            "PAYSHIFT_TRUST_BUNDLE": str(login.sslrootcert),
        }
        directory = tmp_path_factory.mktemp("operator")
        file = directory / "environment.json"
        file.write_text(json.dumps({"process_environment": variables}), encoding="utf-8")
        _keep_secrets(pair, variables)
        clean = {name: value for name, value in os.environ.items() if "PAYSHIFT" not in name}
        yield Operator(
            directory,
            {
                **clean,
                "PYTHONPATH": str(ROOT),
                "PAYSHIFT_ENVIRONMENT": "local",
                "PAYSHIFT_LOCAL_ENVIRONMENT": str(file),
            },
        )


@pytest.fixture(autouse=True)
def _as_it_was(databases: Databases) -> Iterator[None]:
    """Move the writer back, and forget these runs: they sort after those of all other tests."""
    yield
    Handover(databases=databases, replication=LogicalReplication()).run(
        to=Site.LEGACY, run_id=new_run_id(), deadline_seconds=30
    )
    for login in databases.values():
        with connect(login, application_name="test") as connection:
            connection.execute("DELETE FROM payshift.journal WHERE run_id NOT LIKE '%-test'")


def _keep_secrets(pair: Pair, variables: dict[str, str]) -> None:
    names = Names.of(load_environment("local"))
    client = boto3.client(
        "secretsmanager",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name="us-east-2",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    for site, cluster in pair.clusters.items():
        for role, user in (("migration", roles.ENGINE), ("replication", roles.REPLICATION)):
            client.create_secret(
                Name=names.secret(site, role),
                SecretString=json.dumps(_secret(cluster.settings_for(role=user))),
            )


def _secret(login: DatabaseSettings) -> dict[str, object]:
    return {
        "host": login.host,
        "port": login.port,
        "dbname": login.dbname,
        "username": login.user,
        "password": login.password.get_secret_value(),
        "hostaddr": login.hostaddr,
    }


def test_an_operator_prepares_looks_measures_moves_and_goes_back(
    operator: Operator, databases: Databases
) -> None:
    assert operator.ask("--prepare") == [
        {"site": site, "tables": 3, "later_tables": True} for site in ("legacy", "aws")
    ]
    measured = operator.ask("--to", "aws", "--dry-run")
    assert measured["ready"] is True
    assert len(measured["probes"]) == 14
    assert operator.ask("--status")["writer"] == "legacy"
    moved = operator.ask("--to", "aws")
    assert (moved["changed"], moved["to"]) == (True, "aws")
    assert accepting(databases) == [Site.AWS]
    assert operator.ask("--status")["handovers"][-1] == moved
    assert operator.ask("--to", "aws")["changed"] is False
    assert operator.ask("--to", "legacy")["changed"] is True


def test_a_preflight_that_says_no_names_the_reason_and_moves_nothing(
    operator: Operator, databases: Databases, legacy: psycopg.Connection
) -> None:
    legacy.execute("ALTER TABLE payments.refund DISABLE TRIGGER payshift_fence")
    for arguments in (["--to", "aws", "--dry-run"], ["--to", "aws"]):
        code, output, errors = operator.run(*arguments)
        assert code == 1
        assert "the fence is missing on payments.refund at legacy" in output + errors
    # fact: preparing is the remedy that was named
    operator.ask("--prepare")
    assert operator.ask("--to", "aws", "--dry-run")["ready"] is True
    assert accepting(databases) == [Site.LEGACY]


@pytest.mark.parametrize(
    "arguments", [[], ["--dry-run"], ["--to", "aws", "--abort"], ["--to", "moon"]]
)
def test_a_call_that_cannot_be_meant_is_wrong_input(
    operator: Operator, arguments: list[str]
) -> None:
    assert operator.run(*arguments)[0] == 2


def test_two_operators_who_disagree_end_with_one_writer_and_a_clear_message(
    operator: Operator, databases: Databases
) -> None:
    first, second = operator.start("--to", "aws", "--json"), operator.start("--to", "aws", "--json")
    results = [json.loads(output) for _, output, _ in (ended(first), ended(second))]
    # facts: one moved it; the other found it moved, or was told that somebody was at it
    assert sorted(one.get("changed", False) for one in results) == [False, True]
    assert accepting(databases) == [Site.AWS]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_handover_leaves_the_old_writer_and_can_be_run_again(
    operator: Operator, databases: Databases, number: signal.Signals
) -> None:
    with connect(databases[Site.LEGACY], application_name="held") as client:
        client.execute("BEGIN")
        pay(client)
        process = operator.start("--to", "aws")
        wait_for_step(databases, "started")
        process.send_signal(number)
        code, _, errors = ended(process)
    assert code == 130
    assert "legacy writes in epoch" in errors
    assert accepting(databases) == [Site.LEGACY]
    assert operator.ask("--to", "aws")["changed"] is True


@pytest.mark.parametrize("behind", [False, True], ids=["clock right", "clock behind"])
def test_a_handover_that_goes_on_is_stopped_by_an_abort(
    operator: Operator, databases: Databases, *, behind: bool
) -> None:
    results: list[AbortResult] = []

    def stop() -> None:
        run_id = LONG_AGO if behind else new_run_id()
        results.append(abort(databases, run_id=run_id, deadline_seconds=60))

    with connect(databases[Site.LEGACY], application_name="held") as client:
        client.execute("BEGIN")
        pay(client)
        running = operator.start("--to", "aws")
        wait_for_step(databases, "started")
        aborting = threading.Thread(target=stop)
        aborting.start()
        wait_for_step(databases, "asked to stop")
        client.rollback()
    code, _, errors = ended(running)
    aborting.join(timeout=60)
    assert code == 1
    assert "was asked to stop by run" in errors
    (result,) = results
    assert (result.writer, result.taken_back, result.too_late) == (Site.LEGACY, False, False)
    assert accepting(databases) == [Site.LEGACY]


@pytest.fixture
def ahead(databases: Databases) -> Iterator[None]:
    """Let a machine whose clock is ahead have been here before."""
    in_journal = "INSERT INTO payshift.journal (run_id, step, epoch) VALUES (%s, 'unchanged', 1)"
    for site in Site:
        with connect(databases[site], application_name="test") as session:
            session.execute(in_journal, (FAR_AHEAD,))
    yield
    for site in Site:
        with connect(databases[site], application_name="test") as session:
            session.execute("DELETE FROM payshift.journal WHERE run_id LIKE '2099%'")


@pytest.mark.usefixtures("ahead")
def test_an_operator_whose_clock_is_behind_moves_the_writer_all_the_same(
    operator: Operator, databases: Databases
) -> None:
    assert operator.ask("--to", "aws")["changed"] is True
    assert accepting(databases) == [Site.AWS]
    # Back under the same names, before they are forgotten.
    assert operator.ask("--to", "legacy")["changed"] is True


@pytest.mark.usefixtures("ahead")
def test_a_move_that_moved_nothing_is_no_success_while_the_other_site_writes(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions = "app.pipeline.handover.actions"
    monkeypatch.setattr(f"{actions}.engine_logins", lambda _target: databases)
    monkeypatch.setattr(f"{actions}.newest_known", lambda _databases: "")
    target = Target(load_environment("local"), Path("nowhere"))
    with pytest.raises(HandoverRefused, match="moved nothing, and the writer is legacy"):
        move(target, to=Site.AWS, deadline_seconds=30, progress=silent)


def test_an_abort_lets_the_old_writer_write_after_a_handover_died(
    operator: Operator, databases: Databases
) -> None:
    run_and_kill(databases, to=Site.AWS, run_id=next_run_id(), after="drained")
    code, output, _ = operator.run("--status")
    assert code == 1
    assert "nobody writes: payshift handover --to aws goes on" in output
    # fact: what would be measured is not measured while it stands half done
    assert "stopped half way" in operator.run("--to", "aws", "--dry-run")[2]
    assert operator.ask("--abort")["taken_back"] is True
    assert accepting(databases) == [Site.LEGACY]


def test_an_abort_that_comes_too_late_says_how_to_go_back(
    operator: Operator, databases: Databases
) -> None:
    with connect(databases[Site.LEGACY], application_name="test") as session:
        # The handover that goes on: its right is held here, and it completes meanwhile.
        session.execute("SELECT pg_advisory_lock(5787213827046133842)")
        aborting = operator.start("--abort")
        wait_for_step(databases, "asked to stop")
        epoch = status(databases).epoch
        move_by_hand(databases, epoch=epoch + 1)
    code, output, _ = ended(aborting)
    assert code == 1
    assert "too late: go back with payshift handover --to legacy" in output
    assert accepting(databases) == [Site.AWS]


def move_by_hand(databases: Databases, *, epoch: int) -> None:
    with (
        connect(databases[Site.LEGACY], application_name="test") as legacy,
        connect(databases[Site.AWS], application_name="test") as aws,
    ):
        detail = json.dumps({"from": "legacy", "to": "aws"})
        legacy.execute(
            "SELECT payshift.fence('hand', %s, gen_random_uuid(), '{}', 900)", (epoch - 1,)
        )
        aws.execute("SELECT payshift.unfence('hand', %s, %s)", (epoch, detail))


def wait_for_step(databases: Databases, step: str) -> None:
    """Wait until a run that began after this test's start has taken the step."""
    query = (
        "SELECT FROM payshift.journal WHERE step = %s AND at > now() - interval '60 s' "
        "AND run_id > (SELECT coalesce(max(run_id), '') FROM payshift.journal "
        "WHERE step IN ('completed', 'unchanged', 'refused', 'aborted'))"
    )
    end = time.monotonic() + 60
    with connect(databases[Site.LEGACY], application_name="watch") as watch:
        while watch.execute(query, (step,)).fetchone() is None:
            assert time.monotonic() < end
            threading.Event().wait(0.02)
