from __future__ import annotations

import json
import threading
import time

import pytest

from app.local.postgres import roles
from app.local.postgres.authority import LocalAuthority
from app.migration.sites import Site
from tests.lambdas.conftest import Api, Pair, StartApi, keep_secret

pytestmark = pytest.mark.slow


def emitted(output: str) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [line for line in lines if "_aws" in line]


def after(seconds: float, databases: Pair, site: Site) -> threading.Thread:
    def move() -> None:
        time.sleep(seconds)
        databases.accept(site)

    thread = threading.Thread(target=move)
    thread.start()
    return thread


def test_a_request_during_a_handover_is_held_and_written_at_the_new_writer(
    api: Api, databases: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    assert api.pay(key="before").headers["X-Payshift-Writer"] == "legacy"
    databases.accept(None)
    capsys.readouterr()
    mover = after(0.2, databases, Site.AWS)
    held = api.pay(key="during")
    mover.join()
    assert held.status == 201
    assert held.headers["X-Payshift-Writer"] == "aws"
    assert databases.ask(Site.AWS, "SELECT array_agg(idempotency_key) FROM payments.payment") == (
        ["during"],
    )
    (line,) = emitted(capsys.readouterr().out)
    assert line["HeldRequests"] == [1.0]
    assert line["HoldTime"][0] >= 100  # type: ignore[index]  # a list of numbers in EMF


def test_a_request_that_waits_at_the_fences_lock_goes_on_at_the_new_writer(
    api: Api, databases: Pair
) -> None:
    api.pay(key="before")
    with databases.engine(Site.LEGACY) as fence:
        fence.autocommit = False
        fence.execute("SELECT pg_advisory_xact_lock(payshift.fence_key())")
        fence.execute("UPDATE payshift.writer SET accepting = false, writer = 'aws'")

        def commit() -> None:
            time.sleep(0.2)
            fence.commit()
            databases.accept(Site.AWS)

        committing = threading.Thread(target=commit)
        committing.start()
        held = api.pay(key="during")
        committing.join()
    assert (held.status, held.headers["X-Payshift-Writer"]) == (201, "aws")
    assert databases.count() == {"payment": 2, "refund": 0, "ledger_entry": 4}


def test_the_way_back_is_found_as_well(api: Api, databases: Pair) -> None:
    writers = []
    for number, site in enumerate((Site.AWS, Site.LEGACY, Site.AWS)):
        databases.accept(site)
        writers.append(api.pay(key=f"k-{number}").headers["X-Payshift-Writer"])
    assert writers == ["aws", "legacy", "aws"]


def test_a_hold_is_bounded_and_ends_as_a_503_that_says_when_to_come_back(
    start_api: StartApi, databases: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    api = start_api(PAYSHIFT_HOLD_SECONDS="0.3")
    databases.accept(None)
    capsys.readouterr()
    answered = api.pay(key="k")
    assert answered.status == 503
    assert answered.headers["Retry-After"] == "1"
    assert answered.body == {
        "type": "urn:payshift:problem:no-database",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "No database accepts this request now. Repeat it with the same Idempotency-Key.",
    }
    (line,) = emitted(capsys.readouterr().out)
    mover = after(3, databases, Site.LEGACY)
    assert api.pay(key="k").status == 503
    mover.join()
    assert (line["ServerErrors"], line["HeldRequests"]) == ([1.0], [1.0])
    assert databases.count()["payment"] == 0


def test_a_database_that_stays_away_is_no_longer_waited_for_until_it_takes_work_again(
    start_api: StartApi, databases: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = start_api(PAYSHIFT_HOLD_SECONDS="0.2")
    slept: list[float] = []
    sleep = time.sleep

    def noting(seconds: float) -> None:
        slept.append(seconds)
        sleep(seconds)

    monkeypatch.setattr("app.lambdas.payment_api.hold.time.sleep", noting)
    databases.accept(None)
    assert [api.pay(key="k").status for _ in range(2)] == [503, 503]
    assert len(slept) > 2

    slept.clear()
    refused = api.pay(key="k")
    assert (refused.status, refused.headers["Retry-After"], slept) == (503, "1", [])

    databases.accept(Site.AWS)
    assert api.pay(key="k").status == 201
    databases.accept(None)
    assert api.pay(key="l").status == 503
    assert len(slept) > 1


def test_those_who_are_held_do_not_ask_in_step(
    start_api: StartApi, databases: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = start_api(PAYSHIFT_HOLD_SECONDS="0.2")
    slept: list[float] = []
    sleep = time.sleep

    def noting(seconds: float) -> None:
        slept.append(seconds)
        sleep(seconds)

    monkeypatch.setattr("app.lambdas.payment_api.hold.time.sleep", noting)
    databases.accept(None)
    assert api.pay(key="k").status == 503
    assert all(0.002 <= seconds <= 0.010 for seconds in slept)
    assert len(set(slept)) == len(slept)


def test_the_legacy_system_asks_only_its_own_database(start_api: StartApi, databases: Pair) -> None:
    legacy = start_api(
        PAYSHIFT_SITE="legacy",
        PAYSHIFT_AWS_SECRET=None,
        PAYSHIFT_FEATURES_PARAMETER=None,
        PAYSHIFT_HOLD_SECONDS="2",
    )
    taken = legacy.pay(key="before")
    assert taken.headers["X-Payshift-Site"] == "legacy"
    assert taken.headers["X-Payshift-Writer"] == "legacy"
    databases.accept(Site.AWS)
    assert legacy.pay(key="during").status == 503
    mover = after(0.1, databases, Site.LEGACY)
    assert legacy.pay(key="after").status == 201
    mover.join()


def test_a_connection_that_was_cut_is_opened_again_without_an_error(
    api: Api, databases: Pair
) -> None:
    api.pay(key="before")
    for site in Site:
        databases.cut(site)
    assert api.pay(key="after").status == 201
    assert api("GET", f"/v1/payments/{api.pay(key='after').body['id']}").status == 200


def test_a_server_that_became_read_only_is_left_for_the_one_behind_its_name_now(
    api: Api,
) -> None:
    sessions = api.module._api.service.sessions
    sessions.get(Site.LEGACY).execute("SET default_transaction_read_only = on")
    assert api.pay(key="k").status == 201


def test_a_database_that_restarts_is_waited_for(start_api: StartApi, databases: Pair) -> None:
    api = start_api(PAYSHIFT_HOLD_SECONDS="20")
    api.pay(key="before")
    restart = threading.Thread(target=databases.clusters[Site.LEGACY].restart)
    restart.start()
    statuses = {api.pay(key=f"k-{number}").status for number in range(50)}
    restart.join()
    statuses |= {api.pay(key="last").status}
    assert statuses == {201}


def test_a_new_password_is_fetched_when_the_old_one_no_longer_works(
    api: Api, databases: Pair
) -> None:
    api.pay(key="before")
    old = databases.settings(Site.LEGACY, roles.APPLICATION)
    new = "changed-in-a-test"
    try:
        databases.tell(Site.LEGACY, f"ALTER ROLE payments_app PASSWORD '{new}'")
        rotated = old.model_copy(update={"password": type(old.password)(new)})
        keep_secret("payshift/local/legacy/app", rotated)
        databases.cut(Site.LEGACY)
        assert api.pay(key="after").status == 201
    finally:
        password = old.password.get_secret_value()
        databases.tell(Site.LEGACY, f"ALTER ROLE payments_app PASSWORD '{password}'")


def test_a_server_with_a_certificate_of_a_stranger_is_not_talked_to(
    start_api: StartApi, databases: Pair, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bundle = LocalAuthority().write_bundle(path=tmp_path_factory.mktemp("ca") / "other.pem")
    api = start_api(PAYSHIFT_TRUST_BUNDLE=str(bundle), PAYSHIFT_HOLD_SECONDS="0.2")
    assert api.pay(key="k").status == 503
    assert databases.count()["payment"] == 0
