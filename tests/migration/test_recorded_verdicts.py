"""Gates take what `payshift verify` said of tables that are too large for their time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest

from app.migration.checks import CheckContext, CheckResult, Outcome, all_checks, run_check
from app.migration.checks.base import MetricDataClient
from app.migration.connection import connect
from app.migration.sites import Databases, Site
from app.migration.verify.aspect import Aspect
from app.migration.verify.checkpoint import Checkpoint
from app.migration.verify.options import Options
from app.migration.verify.report import Verdict
from app.migration.verify.sites import open_sites, site_sources
from app.migration.verify.verdicts import keep
from app.pipeline.compared_places import Places
from app.pipeline.verification import Wish, verified
from tests.migration.support import drain, pay

pytestmark = pytest.mark.slow

CHECKS = ("row_parity", "money_parity")
PASSED, FAILED, INCONCLUSIVE = Outcome


@pytest.fixture(autouse=True)
def large(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any table be too large for a gate, and no verdict be known yet."""
    monkeypatch.setattr("app.migration.checks.recorded_verdict.MOST_PAGES", -1)
    monkeypatch.setattr("app.migration.verify.parity.SETTLED_SECONDS", 0.0)
    everywhere(databases, "TRUNCATE payshift.verification")


@pytest.fixture
def told() -> list[str]:
    return []


def everywhere(databases: Databases, statement: str, *sites: Site) -> None:
    for site in sites or Site:
        with connect(databases[site], application_name="test") as session:
            session.execute(statement.encode())


def measure(key: str, databases: Databases) -> CheckResult:
    context = CheckContext(
        databases=databases,
        cloudwatch=cast("MetricDataClient", None),
        environment="local",
        since=datetime.now(UTC),
    )
    return run_check(all_checks()[key], context=context, limit=1)


def outcomes(databases: Databases) -> list[Outcome]:
    return [measure(key, databases).outcome for key in CHECKS]


def verify(databases: Databases, told: list[str], **wish: Any) -> None:
    options = wish.pop("options", Options(schemas=("payments",)))
    places = Places(site_sources(databases), databases)
    verified(places, Wish(options=options, **wish), say=told.append)


def test_without_a_verdict_nothing_is_known_and_nothing_is_read(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in CHECKS:
        monkeypatch.delattr(f"app.migration.checks.{module}.compare_parity")
    for key, aspects in zip(CHECKS, (["rows", "money"], ["money"]), strict=True):
        result = measure(key, databases)
        assert (result.outcome, result.figure) == (INCONCLUSIVE, None)
        assert result.message == "; ".join(
            ["the tables are too large for a gate", *(f"{one}: never verified" for one in aspects)]
        )
        assert result.remedy == (
            "Run `payshift verify` for all of it; its verdict counts for 48 h."
        )


def test_a_verification_lets_the_gate_pass_until_it_is_too_old(
    databases: Databases, legacy: psycopg.Connection, told: list[str]
) -> None:
    pay(legacy, amount=3)
    verify(databases, told)
    result = measure("row_parity", databases)
    assert (result.outcome, result.figure, result.remedy) == (PASSED, 0.0, "")
    assert "rows: equal 0.0 h ago, asked by " in result.message
    assert outcomes(databases) == [PASSED, PASSED]
    older = "UPDATE payshift.verification SET began_at = began_at - interval '49 hours'"
    # fact: the older of both sites counts
    everywhere(databases, older, Site.AWS)
    assert outcomes(databases) == [INCONCLUSIVE, INCONCLUSIVE]


def test_what_a_verification_found_different_fails_the_gate(
    databases: Databases, legacy: psycopg.Connection, aws: psycopg.Connection, told: list[str]
) -> None:
    payment = pay(legacy, amount=3)
    drain(databases)
    aws.execute("SET session_replication_role = replica")
    change = "UPDATE payments.payment SET amount_minor = %s WHERE id = %s"
    aws.execute(change, (4, payment))
    try:
        verify(databases, told)
    finally:
        aws.execute(change, (3, payment))
    result = measure("row_parity", databases)
    assert (result.outcome, result.figure) == (FAILED, 2.0)
    assert outcomes(databases) == [FAILED, FAILED]
    # fact: mended and verified anew, it passes
    verify(databases, told)
    assert outcomes(databases) == [PASSED, PASSED]


def test_a_site_that_was_made_anew_knows_of_no_verification(
    databases: Databases, told: list[str]
) -> None:
    verify(databases, told)
    everywhere(databases, "TRUNCATE payshift.verification", Site.AWS)
    assert outcomes(databases) == [INCONCLUSIVE, INCONCLUSIVE]


def test_rows_that_never_stood_still_are_no_verdict(databases: Databases) -> None:
    with open_sites(databases) as sessions:
        for aspect, verdict in (
            (Aspect.ROWS, Verdict.RESTLESS),
            (Aspect.MONEY, Verdict.EQUAL),
        ):
            keep(sessions, aspect=aspect, verdict=verdict, seconds=0, by="test")
    assert outcomes(databases) == [INCONCLUSIVE, PASSED]


@pytest.mark.parametrize(
    "wish",
    [
        {"options": Options(schemas=("payments",), tables=("payments.refund",))},
        {"options": Options(schemas=("payments",), excluded=("payments.payment.status",))},
        {"aspects": (Aspect.MONEY,)},
    ],
    ids=["a table", "without a column", "without rows"],
)
def test_what_did_not_read_everything_is_no_verdict_over_all_rows(
    databases: Databases, told: list[str], wish: dict[str, Any]
) -> None:
    verify(databases, told, **wish)
    assert measure("row_parity", databases).outcome is INCONCLUSIVE


def test_what_goes_on_with_an_earlier_run_says_nothing_of_now(
    databases: Databases, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "checkpoint.json"
    # fact: the file stands there as a run leaves it that was killed after its last table
    monkeypatch.setattr(Checkpoint, "remove", lambda _checkpoint: None)
    verify(databases, told, checkpoint=file)
    assert outcomes(databases) == [PASSED, PASSED]
    everywhere(databases, "TRUNCATE payshift.verification")
    verify(databases, told, checkpoint=file)
    assert outcomes(databases) == [INCONCLUSIVE, INCONCLUSIVE]


@pytest.fixture
def unprepared(databases: Databases) -> Iterator[None]:
    """Databases that an earlier version prepared."""
    everywhere(databases, "ALTER TABLE payshift.verification RENAME TO v")
    yield
    everywhere(databases, "ALTER TABLE payshift.v RENAME TO verification")


@pytest.mark.usefixtures("unprepared")
def test_databases_that_take_no_verdict_say_how_they_are_made_to(
    databases: Databases, told: list[str]
) -> None:
    verify(databases, told)
    assert told[-1].startswith("gates will not know of this: The databases do not take or tell")
    result = measure("money_parity", databases)
    assert result.outcome is INCONCLUSIVE
    assert result.remedy == "Prepare both again: payshift handover --prepare."
