"""One verdict over schemas, money and rows of two sites: each aspect alone can make it a no."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from app.errors import DatabaseFailed, InputError
from app.migration.sites import Databases, Site
from app.migration.verify.aspect import Aspect
from app.migration.verify.options import Options
from app.migration.verify.proof import Proof
from app.migration.verify.report import Verdict
from app.migration.verify.schemas import Kind
from app.migration.verify.session import Side
from app.migration.verify.sites import site_sources
from app.pipeline.compared_places import Places
from app.pipeline.report import silent
from app.pipeline.verification import Wish, verified
from tests.migration.killed_handover import run_and_kill
from tests.migration.support import drain, next_run_id, pay
from tests.migration.verify.conftest import Servers, Sources

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
BUSINESS = Options(schemas=("payments",))
TABLES = ("ledger_entry", "refund", "payment")

Ask = Callable[..., Proof]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.migration.verify.parity.SETTLED_SECONDS", 0.0)


@pytest.fixture
def ask(databases: Databases, legacy: psycopg.Connection) -> Ask:
    """Compare both sites, which hold two payments and nothing that other tests left behind."""
    for table in TABLES:
        legacy.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("payments", table)))
    pay(legacy, amount=30)
    pay(legacy, amount=31)
    drain(databases)
    places = Places(site_sources(databases), databases)

    def asked(**wish: object) -> Proof:
        return verified(places, Wish(**{"options": BUSINESS, **wish}), say=silent)  # type: ignore[arg-type]

    return asked


@contextmanager
def told(session: psycopg.Connection, change: str, *, undo: str) -> Iterator[None]:
    """Change something, as replication does it, and change it back."""
    session.execute("SET session_replication_role = replica")
    session.execute(change.encode())
    try:
        yield
    finally:
        session.execute(undo.encode())
        session.execute("RESET session_replication_role")


def aspects(proof: Proof) -> dict[str, bool | None]:
    """Return of each aspect whether it is equal; None when it was not compared."""
    return {
        aspect.value: None if (found := getattr(proof, aspect.value)) is None else found.equal
        for aspect in Aspect
    }


def test_two_equal_sites_are_equal_in_every_part(ask: Ask) -> None:
    proof = ask()
    assert proof.equal, proof.lines()
    assert aspects(proof) == {"schemas": True, "money": True, "rows": True}
    assert proof.lines()[-1] == "schemas, money, rows: equal"
    record = proof.as_record()
    assert record["verdict"] == "equal"
    assert record["rows"]["tables"][0]["rows"] == {"left": 4, "right": 4}
    assert record["schemas"]["compared"] > 50
    # fact: both payments by status, by day and by account, in one currency
    assert record["money"]["figures"] >= 10


def test_a_definition_alone_makes_it_different(ask: Ask, aws: psycopg.Connection) -> None:
    with told(
        aws,
        "CREATE INDEX late ON payments.refund (created_at)",
        undo="DROP INDEX payments.late",
    ):
        proof = ask()
        without = ask(without=(Kind.INDEX,))
    assert proof.verdict is Verdict.DIFFERENT
    assert aspects(proof) == {"schemas": False, "money": True, "rows": True}
    assert any(line.startswith("  index payments.late: legacy has none") for line in proof.lines())
    assert without.equal


def test_money_that_is_wrong_at_both_sites_makes_equal_rows_no_proof(
    ask: Ask, databases: Databases, legacy: psycopg.Connection
) -> None:
    payment = pay(legacy, amount=7)
    legacy.execute("DELETE FROM payments.ledger_entry WHERE payment_id = %s", (payment,))
    drain(databases)
    proof = ask()
    assert proof.verdict is Verdict.DIFFERENT
    assert aspects(proof) == {"schemas": True, "money": False, "rows": True}
    assert "  problem: payments without their two ledger rows: legacy 1, aws 1" in proof.lines()


def test_a_row_alone_makes_it_different(ask: Ask, aws: psycopg.Connection) -> None:
    with told(
        aws,
        "UPDATE payments.payment SET merchant_id = 'm-2' WHERE amount_minor = 30",
        undo="UPDATE payments.payment SET merchant_id = 'm-1' WHERE amount_minor = 30",
    ):
        proof = ask()
    assert proof.verdict is Verdict.DIFFERENT
    assert aspects(proof) == {"schemas": True, "money": True, "rows": False}


def test_a_balance_is_told_by_account(ask: Ask, aws: psycopg.Connection) -> None:
    change = "UPDATE payments.ledger_entry SET account = '{}' WHERE amount_minor = 30"
    with told(aws, change.format("merchant:m-2"), undo=change.format("merchant:m-1")):
        proof = ask(aspects=(Aspect.MONEY,))
    assert aspects(proof) == {"schemas": None, "money": False, "rows": None}
    assert proof.money is not None
    assert proof.money.problems == (
        "balance of merchant:m-1 in USD: legacy 61 in 2 rows, aws 31 in 1 rows",
        "balance of merchant:m-2 in USD: legacy nothing, aws 30 in 1 rows",
    )


def test_a_sequence_of_the_writer_that_gives_a_number_twice_makes_it_different(
    ask: Ask, legacy: psycopg.Connection
) -> None:
    name = "payments.ledger_entry_id_seq"
    row = legacy.execute("SELECT last_value FROM payments.ledger_entry_id_seq").fetchone()
    assert row is not None
    with told(legacy, f"SELECT setval('{name}', 1)", undo=f"SELECT setval('{name}', {row[0]})"):
        proof = ask(aspects=(Aspect.MONEY,))
    assert proof.verdict is Verdict.DIFFERENT
    assert proof.money is not None
    assert proof.money.problems == (
        f"sequence ledger_entry_id_seq at legacy is at 1, its column at {row[0]}",
    )


def test_money_that_cannot_be_asked_for_is_unknown_beside_the_schema_that_says_why(
    ask: Ask, aws: psycopg.Connection
) -> None:
    rename = "ALTER TABLE payments.refund RENAME {} TO {}"
    with told(aws, rename.format("currency", "money"), undo=rename.format("money", "currency")):
        proof = ask()
        with pytest.raises(DatabaseFailed, match="currency"):
            ask(aspects=(Aspect.MONEY,))
    assert proof.verdict is Verdict.DIFFERENT
    assert aspects(proof) == {"schemas": False, "money": None, "rows": False}
    assert "currency" in proof.money_unknown
    assert proof.lines()[-1] == "schemas, money, rows: different"


def test_fenced_sites_are_compared_as_they_stand(ask: Ask, databases: Databases) -> None:
    with pytest.raises(InputError, match="legacy accepts writes"):
        ask(snapshot="fenced", aspects=(Aspect.MONEY,))
    run_and_kill(databases, to=Site.AWS, run_id=next_run_id(), after="fenced")
    with pytest.raises(DatabaseFailed, match="0 sites accept writes"):
        ask_again(databases)
    proof = ask_again(databases, snapshot="fenced")
    assert proof.equal, proof.lines()
    assert aspects(proof) == {"schemas": True, "money": True, "rows": True}


def ask_again(databases: Databases, *, snapshot: str | None = None) -> Proof:
    places = Places(site_sources(databases), databases)
    return verified(places, Wish(options=BUSINESS, snapshot=snapshot), say=silent)


def test_money_is_compared_at_exported_snapshots(
    ask: Ask, databases: Databases, legacy: psycopg.Connection, aws: psycopg.Connection
) -> None:
    with legacy.transaction(), aws.transaction():
        names = []
        for session in (legacy, aws):
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            row = session.execute("SELECT pg_export_snapshot()").fetchone()
            assert row is not None
            names.append(str(row[0]))
        with site_sources(databases)[Side.RIGHT].connect(application_name="test") as later:
            change = "UPDATE payments.payment SET amount_minor = {} WHERE amount_minor = {}"
            with told(later, change.format(32, 31), undo=change.format(31, 32)):
                then = ask(aspects=(Aspect.MONEY, Aspect.ROWS), snapshot=",".join(names))
                now = ask(aspects=(Aspect.MONEY, Aspect.ROWS))
    assert aspects(then) == {"schemas": None, "money": True, "rows": True}
    assert aspects(now) == {"schemas": None, "money": False, "rows": False}


def test_what_is_compared_follows_from_what_was_named(databases: Databases) -> None:
    sites = Places(site_sources(databases), databases)
    plain = Places(site_sources(databases), None)
    one = Options(schemas=("payments",), tables=("payment",))
    assert sites.aspects(BUSINESS) == (Aspect.SCHEMAS, Aspect.MONEY, Aspect.ROWS)
    assert sites.aspects(one) == (Aspect.ROWS,)
    assert sites.aspects(Options(schemas=("other",))) == (Aspect.SCHEMAS, Aspect.ROWS)
    assert plain.aspects(Options()) == (Aspect.SCHEMAS, Aspect.ROWS)
    with pytest.raises(InputError, match="known of the sites of an environment alone"):
        verified(plain, Wish(options=Options(), aspects=(Aspect.MONEY,)), say=silent)


def test_the_command_ends_with_1_when_two_databases_differ_in_a_definition(
    empty: Servers, sources: Sources, tmp_path: Path
) -> None:
    files = []
    for side, source in sources.items():
        empty[side].execute("CREATE TABLE s.paid (id int PRIMARY KEY, note text)")
        file = tmp_path / side.value
        file.touch(0o600)
        file.write_text(source.settings.conninfo())
        files += [f"--{side}", str(file)]
    empty[Side.RIGHT].execute("ALTER TABLE s.paid ADD CHECK (note <> '')")
    ended = _run(*files, "--without", "constraint")
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "schemas, rows: equal")
    ended = _run(*files, "--json")
    record = json.loads(ended.stdout)
    assert (ended.returncode, record["verdict"], record["money"]) == (1, "different", None)
    assert record["rows"]["verdict"] == "equal"
    assert record["schemas"]["differences"] == [
        {
            "kind": "constraint",
            "name": "s.paid.paid_note_check",
            "definitions": {"left": None, "right": "CHECK ((note <> ''::text))"},
        }
    ]


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.pipeline.cli", "verify", "--schema", "s", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
