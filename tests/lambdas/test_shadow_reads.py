"""Shadow reads on two databases of which the one follows the other."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from app.lambdas.payment_api import shadow, shadow_comparison
from app.lambdas.payment_api.hold import Done
from app.lambdas.payment_api.shadow_tally import Tally
from app.local.postgres import roles
from app.migration.deadline import Deadline
from app.migration.markers import round_trip
from app.migration.replication.direction import Direction
from app.migration.sites import Site
from tests.lambdas.conftest import Api, Pair, keep_secret, set_features
from tests.lambdas.test_changing_the_writer import (  # its fixtures, with a pair of their own
    function_environment,
    imported_anew,
    replicating,
)

__all__ = ["function_environment", "replicating"]
pytestmark = pytest.mark.slow

StartApi = Callable[..., Api]


@pytest.fixture(autouse=True)
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow, "ROUND_SECONDS", 0.05)
    monkeypatch.setattr(shadow_comparison, "MARKER_SECONDS", 0.3)


_TAKEN: dict[shadow.ShadowReads, Tally] = {}


@pytest.fixture(autouse=True)
def _remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Remember what is taken: a request takes what was found before it, to publish it."""
    take = shadow.ShadowReads.take_tally

    def remember(reads: shadow.ShadowReads) -> Tally:
        tally = take(reads)
        _TAKEN[reads] = _TAKEN.get(reads, Tally()) + tally
        return tally

    monkeypatch.setattr(shadow.ShadowReads, "take_tally", remember)
    yield
    _TAKEN.clear()


@pytest.fixture
def start(
    function_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[StartApi]:
    """Start the payment API in AWS; all of its reads are compared unless a share is given."""
    assert function_environment
    started: list[Api] = []

    def start(*, percent: int = 100, **secrets: str) -> Api:
        set_features(writer="legacy", reads="writer", shadow_reads_percent=percent)
        for site in Site:
            name = secrets.get(site, f"payshift/replicating/{site}/app")
            monkeypatch.setenv(f"PAYSHIFT_{site.upper()}_SECRET", name)
        api = Api(imported_anew("app.lambdas.payment_api.handler"))
        started.append(api)
        return api

    yield start
    for api in started:
        shadow_reads(api).close()
        api.module._api.service.sessions.close()


def shadow_reads(api: Api) -> shadow.ShadowReads:
    found: shadow.ShadowReads = api.module._api.service.shadow
    return found


def settled(api: Api, *, reads: int) -> Tally:
    """Wait until so many reads have been compared or skipped, and forget them."""
    end = time.monotonic() + 30
    while (total := found(api)).compared + total.skipped < reads:
        assert time.monotonic() < end, total
        time.sleep(0.005)
    _TAKEN.clear()
    return total


def found(api: Api) -> Tally:
    """What was compared since the last `settled`, published or not."""
    reads = shadow_reads(api)
    reads.take_tally()
    return _TAKEN[reads]


def get(api: Api, payment_id: str) -> Any:
    answered = api("GET", f"/v1/payments/{payment_id}")
    assert answered.status == 200
    return answered.body


def paid(api: Api) -> str:
    payment_id: str = api.pay(key=str(uuid4())).body["id"]
    return payment_id


def drain(pair: Pair) -> None:
    away = Direction(Site.LEGACY)
    with pair.engine(Site.LEGACY) as legacy, pair.engine(Site.AWS) as aws:
        assert round_trip(
            sessions={Site.LEGACY: legacy, Site.AWS: aws},
            direction=away,
            table=away.marker_table,
            deadline=Deadline(seconds=30),
        )


def at_aws(pair: Pair, statement: str, *values: object) -> None:
    """Change a row behind the replication's back."""
    with pair.engine(Site.AWS) as session:
        session.execute("SET session_replication_role = replica")
        session.execute(statement.encode(), values)


@contextmanager
def nothing_applied(pair: Pair) -> Iterator[None]:
    """Hold up the replication to aws, while everybody may go on reading there."""
    with pair.engine(Site.AWS) as session, session.transaction():
        session.execute("LOCK payments.payment IN SHARE MODE")
        yield


def test_databases_that_agree_are_compared_and_nothing_differs(
    start: StartApi, replicating: Pair
) -> None:
    api = start()
    payment_id = paid(api)
    drain(replicating)
    for _ in range(3):
        get(api, payment_id)
    assert settled(api, reads=3) == Tally(compared=3)


def test_an_altered_row_is_reported_and_the_client_gets_the_writers(
    start: StartApi,
    replicating: Pair,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    api = start()
    payment_id = paid(api)
    drain(replicating)
    at_aws(replicating, "UPDATE payments.payment SET amount_minor = 1998 WHERE id = %s", payment_id)
    assert get(api, payment_id)["amount_minor"] == 1999
    assert settled(api, reads=1) == Tally(compared=1, differing=1)
    (record,) = [one for one in caplog.records if one.message == "reads differ"]
    assert record.__dict__["payment"] == payment_id
    assert record.__dict__["members"] == ["amount_minor"]
    assert "1998" not in capsys.readouterr().out


def test_a_row_that_only_the_other_side_has_is_reported(start: StartApi, replicating: Pair) -> None:
    api, stray = start(), uuid4()
    at_aws(
        replicating,
        "INSERT INTO payments.payment (id, idempotency_key, request_hash, merchant_id,"
        " amount_minor, currency) VALUES (%s, 'stray', '', 'm-1', 5, 'USD')",
        stray,
    )
    assert api("GET", f"/v1/payments/{stray}").status == 404
    assert settled(api, reads=1) == Tally(compared=1, differing=1)


def test_lag_is_never_reported_however_long_it_lasts(start: StartApi, replicating: Pair) -> None:
    api = start()
    with nothing_applied(replicating):
        payment_id = paid(api)
        get(api, payment_id)
        # fact: the suspect has been judged by now, in vain, more than once
        end = time.monotonic() + 30
        while not any(one.rounds > 1 for one in shadow_reads(api)._suspects):
            assert time.monotonic() < end
            time.sleep(0.01)
        assert found(api) == Tally()
    assert settled(api, reads=1) == Tally(compared=1)


def test_lag_that_never_ends_is_no_difference_either(
    start: StartApi, replicating: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow_comparison, "MOST_ROUNDS", 1)
    api = start()
    with nothing_applied(replicating):
        get(api, paid(api))
        assert settled(api, reads=1) == Tally(skipped=1)


def test_a_database_that_hangs_is_not_felt_by_the_client(
    start: StartApi, replicating: Pair
) -> None:
    api = start()
    payment_id = paid(api)
    drain(replicating)
    get(api, payment_id)
    settled(api, reads=1)
    with replicating.engine(Site.AWS) as session, session.transaction():
        session.execute("LOCK payments.payment IN ACCESS EXCLUSIVE MODE")
        # fact: whoever asked there in the client's time would wait for this very block to end
        for _ in range(5):
            get(api, payment_id)
        replicating.wait_for_a_lock(Site.AWS)
    tally = settled(api, reads=5)
    assert tally.differing == 0


def test_a_database_that_is_away_costs_no_read(start: StartApi, replicating: Pair) -> None:
    login = replicating.settings(Site.AWS, roles.APPLICATION).model_copy(update={"port": 1})
    keep_secret("payshift/replicating/nowhere/app", login)
    api = start(aws="payshift/replicating/nowhere/app")
    payment_id = paid(api)
    get(api, payment_id)
    assert settled(api, reads=1) == Tally(skipped=1)


def test_only_the_phases_share_is_compared(start: StartApi) -> None:
    api = start(percent=0)
    payment_id = paid(api)
    for _ in range(20):
        get(api, payment_id)
    assert shadow_reads(api)._thread is None
    assert found(api) == Tally()


def test_what_waits_is_bounded(start: StartApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow, "MOST_WAITING", 3)
    reads = shadow_reads(start())
    blocked = threading.Event()
    monkeypatch.setattr(reads._comparison, "other_says_the_same", lambda *_: blocked.wait(30))
    for _ in range(10):
        reads.offer(uuid4(), Done(None, Site.LEGACY, None))
    # fact: one is being compared at most, three wait
    assert reads.take_tally().skipped >= 6
    blocked.set()


def test_a_change_of_writer_between_two_looks_proves_nothing(
    start: StartApi, replicating: Pair
) -> None:
    api = start()
    payment_id = paid(api)
    drain(replicating)
    comparison = shadow_reads(api)._comparison
    suspect = shadow_comparison.Suspect(UUID(payment_id))
    replicating.accept(None)
    try:
        assert comparison.judge([suspect]) == (Tally(skipped=1), ())
    finally:
        replicating.accept(Site.LEGACY)


def test_the_legacy_system_compares_nothing_as_it_knows_one_database(
    start: StartApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    start()
    monkeypatch.setenv("PAYSHIFT_SITE", "legacy")
    monkeypatch.delenv("PAYSHIFT_AWS_SECRET")
    api = Api(imported_anew("app.lambdas.payment_api.handler"))
    get(api, paid(api))
    assert shadow_reads(api)._thread is None
    api.module._api.service.sessions.close()


def test_only_the_writer_leaves_a_marker_and_only_the_application_may_ask(
    replicating: Pair,
) -> None:
    for site, left in ((Site.LEGACY, True), (Site.AWS, False)):
        with psycopg.connect(
            replicating.settings(site, roles.APPLICATION).conninfo(), autocommit=True
        ) as session:
            row = session.execute("SELECT payshift.leave_marker()").fetchone()
            assert row is not None
            assert (row[0] is not None) is left
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute("INSERT INTO payshift.marker_legacy DEFAULT VALUES")
    with (
        psycopg.connect(
            replicating.settings(Site.LEGACY, roles.ROTATION).conninfo(), autocommit=True
        ) as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        session.execute("SELECT payshift.leave_marker()")


def test_the_tally_is_published_with_a_later_request(
    start: StartApi, replicating: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    api = start()
    payment_id = paid(api)
    drain(replicating)
    get(api, payment_id)
    end = time.monotonic() + 30
    while shadow_reads(api)._tally == Tally():
        assert time.monotonic() < end
        time.sleep(0.005)
    capsys.readouterr()
    paid(api)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    (line,) = [one for one in lines if "ShadowReads" in one]
    assert {name: line[name] for name in ("ShadowReads", "ShadowMismatches")} == {
        "ShadowReads": [1],
        "ShadowMismatches": [0],
    }
    (block,) = line["_aws"]["CloudWatchMetrics"]
    assert block["Dimensions"] == [["Environment", "Site"]]
