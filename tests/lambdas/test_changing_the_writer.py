"""Handover function and validator through their real handlers, on two replicating databases."""

from __future__ import annotations

import importlib
import itertools
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import boto3
import pytest

from app.local.postgres import roles
from app.migration.sites import Site
from tests.clusters import placed, two_sites
from tests.lambdas.callback import cloudformation_event, listening
from tests.lambdas.conftest import Api, Pair, keep_secret, set_features
from tests.lambdas.invocation import lambda_context

pytestmark = pytest.mark.slow

EVIDENCE = "payshift-local-evidence"
runs = (f"20261123T22{number:04}.000000Z-aaaa" for number in itertools.count())


@pytest.fixture(scope="module")
def replicating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with (
        placed(tmp_path_factory.mktemp("replicating")) as place,
        two_sites(place) as clusters,
    ):
        yield Pair(clusters)


@pytest.fixture
def function_environment(
    replicating: Pair, aws: str, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Set the environment of the engine's functions; the API's differs in its secrets."""
    assert aws
    for site in Site:
        for purpose, role in (("app", roles.APPLICATION), ("migration", roles.ENGINE)):
            keep_secret(f"payshift/replicating/{site}/{purpose}", replicating.settings(site, role))
    set_features(writer="legacy", reads="writer")
    s3 = boto3.client("s3")
    if EVIDENCE not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(
            Bucket=EVIDENCE, CreateBucketConfiguration={"LocationConstraint": "us-east-2"}
        )
    values = {
        "PAYSHIFT_ENVIRONMENT": "local",
        "PAYSHIFT_SITE": "aws",
        "PAYSHIFT_LEGACY_SECRET": "payshift/replicating/legacy/migration",
        "PAYSHIFT_AWS_SECRET": "payshift/replicating/aws/migration",
        "PAYSHIFT_FEATURES_PARAMETER": "/payshift/local/features",
        "PAYSHIFT_TRUST_BUNDLE": str(replicating.settings(Site.AWS, roles.ENGINE).sslrootcert),
        "PAYSHIFT_EVIDENCE_BUCKET": EVIDENCE,
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


def imported_anew(name: str) -> ModuleType:
    sys.modules.pop(name, None)
    return importlib.import_module(name)


@pytest.fixture
def handover(function_environment: dict[str, str]) -> ModuleType:
    assert function_environment
    return imported_anew("app.lambdas.handover.handler")


@pytest.fixture
def validator(function_environment: dict[str, str]) -> ModuleType:
    assert function_environment
    return imported_anew("app.lambdas.validator.handler")


def ask_for(handler: ModuleType, properties: dict[str, str]) -> dict[str, Any]:
    with listening() as callback:
        event = cloudformation_event(callback, "Create", properties)
        assert handler.handler(event, lambda_context(120)) is None
        (answer,) = callback.answers
        return answer


def move(handler: ModuleType, to: str, **changes: str) -> dict[str, Any]:
    properties = {
        "RunId": next(runs),
        "FromPhase": "50",
        "Phase": "100",
        "Writer": to,
        "WaitSeconds": "0",
        "DeadlineSeconds": "60",
    }
    return ask_for(handler, properties | changes)


def validate(handler: ModuleType, limits: str, **changes: str) -> dict[str, Any]:
    properties = {
        "RunId": next(runs),
        "FromPhase": "0",
        "Phase": "10",
        "PhaseName": "phase-10",
        "Stage": "before",
        "Limits": limits,
        "DeadlineSeconds": "20",
    }
    return ask_for(handler, properties | changes)


def test_the_writer_moves_there_and_back_while_payments_go_on_and_none_is_lost(
    handover: ModuleType, replicating: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYSHIFT_LEGACY_SECRET", "payshift/replicating/legacy/app")
    monkeypatch.setenv("PAYSHIFT_AWS_SECRET", "payshift/replicating/aws/app")
    api = Api(imported_anew("app.lambdas.payment_api.handler"))
    done = threading.Event()
    acknowledged: list[str] = []
    refused: list[Any] = []

    def pay() -> None:
        for number in itertools.count():
            answered = api.pay(key=f"k-{number}")
            if answered.status != 201:
                refused.append(answered)
            else:
                acknowledged.append(answered.body["id"])
            if done.wait(0.002):
                return

    paying = threading.Thread(target=pay)
    paying.start()
    answers = [move(handover, to) for to in ("aws", "legacy")]
    done.set()
    paying.join()
    api.module._api.service.sessions.close()

    assert [answer["Status"] for answer in answers] == ["SUCCESS", "SUCCESS"]
    assert [answer["Data"]["Writer"] for answer in answers] == ["aws", "legacy"]
    assert [answer["Data"]["Changed"] for answer in answers] == ["true", "true"]
    assert refused == []
    assert len(acknowledged) > 20
    assert len(set(acknowledged)) == len(acknowledged)
    stored = replicating.ask(
        Site.LEGACY, "SELECT array_agg(id::text) FROM payments.payment WHERE merchant_id = 'm-1'"
    )
    assert sorted(stored[0]) == sorted(acknowledged)


def test_a_key_has_one_effect_and_one_answer_on_both_sides_of_a_handover(
    handover: ModuleType, replicating: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYSHIFT_LEGACY_SECRET", "payshift/replicating/legacy/app")
    monkeypatch.setenv("PAYSHIFT_AWS_SECRET", "payshift/replicating/aws/app")
    before = Api(imported_anew("app.lambdas.payment_api.handler"))
    # A sandbox that learned of the writer long ago, and one that starts after the handover.
    paid = before.pay(key="moved", amount_minor=500)
    refunds = f"/v1/payments/{paid.body['id']}/refunds"
    refunded = before("POST", refunds, {"amount_minor": 200}, key="moved-back")
    assert (paid.status, refunded.status) == (201, 201)
    assert move(handover, "aws")["Status"] == "SUCCESS"
    after = Api(imported_anew("app.lambdas.payment_api.handler"))
    count = "SELECT count(*), sum(amount_minor) FROM payments.ledger_entry WHERE payment_id = '{}'"

    for api in (before, after):
        again = api.pay(key="moved", amount_minor=500)
        assert (again.status, again.headers["Idempotent-Replayed"]) == (200, "true")
        assert again.headers["X-Payshift-Writer"] == "aws"
        assert again.body == paid.body | {"status": "partially_refunded", "refunded_minor": 200}
        back = api("POST", refunds, {"amount_minor": 200}, key="moved-back")
        assert (back.status, back.body) == (200, refunded.body)
        assert api.pay(key="moved", amount_minor=501).status == 409
        assert api("POST", refunds, {"amount_minor": 1}, key="moved-back").status == 409
        assert replicating.ask(Site.AWS, count.format(paid.body["id"])) == (4, 0)

    for api in (before, after):
        api.module._api.service.sessions.close()
    assert move(handover, "legacy")["Status"] == "SUCCESS"
    assert replicating.ask(Site.LEGACY, count.format(paid.body["id"])) == (4, 0)


def test_the_handover_leaves_a_record_in_the_evidence_bucket(handover: ModuleType) -> None:
    answer = move(handover, "aws")
    key = answer["Data"]["Evidence"]
    assert key.endswith("/handover-aws.json")
    body = boto3.client("s3").get_object(Bucket=EVIDENCE, Key=key)["Body"].read()
    assert b'"kind": "handover"' in body
    assert move(handover, "legacy")["Status"] == "SUCCESS"


def test_a_site_that_writes_already_is_not_waited_for(handover: ModuleType) -> None:
    answer = move(handover, "legacy", WaitSeconds="900")
    assert (answer["Status"], answer["Data"]["Changed"]) == ("SUCCESS", "false")


def test_a_wait_that_does_not_fit_fails_before_anything_is_done(handover: ModuleType) -> None:
    answer = move(handover, "aws", WaitSeconds="900")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("waiting 900 s leaves nothing of 60 s")
    assert handover.handler({"action": "status"}, lambda_context())["writer"] == "legacy"


def test_a_run_older_than_the_last_one_cannot_claim_to_have_moved_the_writer(
    handover: ModuleType,
) -> None:
    move(handover, "legacy")
    answer = move(handover, "aws", RunId="20200101T000000.000000Z-aaaa")
    assert answer["Status"] == "FAILED"
    assert "moved nothing, and the writer is legacy" in answer["Reason"]


def test_the_status_tells_who_writes_and_how_far_the_other_site_is_behind(
    handover: ModuleType,
) -> None:
    told = handover.handler({"action": "status"}, lambda_context())
    assert told["writer"] == "legacy"
    assert told["accepting"] == ["legacy"]
    assert told["unreachable"] == []
    assert 0 <= told["lag_seconds"] < 5


def test_another_direct_call_is_refused(handover: ModuleType) -> None:
    with pytest.raises(Exception, match="action"):
        handover.handler({"action": "drop"}, lambda_context())


def test_databases_that_agree_pass_the_gate(validator: ModuleType) -> None:
    answer = validate(validator, '{"replication_lag_seconds": 5, "row_parity": true}')
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Outcome"] == "passed"
    assert answer["Data"]["Checks"] == "2"


def test_databases_that_differ_fail_the_gate_with_the_figures(
    validator: ModuleType, replicating: Pair
) -> None:
    replicating.tell(
        Site.AWS,
        "SET session_replication_role = replica",
        "INSERT INTO payments.payment (id, idempotency_key, request_hash, merchant_id,"
        " amount_minor, currency, created_at) VALUES (gen_random_uuid(), 'stray', '', 'm-stray',"
        " 5, 'CHF', now() - interval '1 minute')",
    )
    try:
        up = validate(validator, '{"row_parity": true}')
        down = validate(validator, '{"row_parity": true}', FromPhase="50")
    finally:
        replicating.tell(
            Site.AWS,
            "SET session_replication_role = replica",
            "DELETE FROM payments.payment WHERE idempotency_key = 'stray'",
        )
    assert up["Status"] == "FAILED"
    # fact: one row, and two figures of a currency that only aws knows
    assert up["Reason"].startswith(
        "row_parity failed: 3 differences, limit 0; payments.payment: 1 rows differ"
    )
    assert "payments CHF captured" in up["Reason"]
    # fact: a rollback reads no whole tables
    assert (down["Status"], down["Data"]["Checks"]) == ("SUCCESS", "0")


def test_too_few_requests_are_inconclusive_and_fail_closed_at_the_deadline(
    validator: ModuleType,
) -> None:
    answer = validate(validator, '{"minimum_requests": 500}', DeadlineSeconds="3", Stage="after")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("minimum_requests inconclusive: 0 ")
    assert answer["Data"]["Outcome"] == "inconclusive"


def test_an_unknown_check_is_named_with_those_that_exist(validator: ModuleType) -> None:
    answer = validate(validator, '{"weather": 5}')
    assert answer["Status"] == "FAILED"
    assert "weather" in answer["Reason"]
    assert "row_parity" in answer["Reason"]


def test_a_gate_of_a_run_that_a_newer_one_has_overtaken_fails_going_up(
    validator: ModuleType, handover: ModuleType
) -> None:
    older, newer = next(runs), next(runs)
    # fact: the writer stays where it is, so nothing but the order of the runs stands in the way
    assert move(handover, "legacy", RunId=newer, FromPhase="10", Phase="0")["Status"] == "SUCCESS"
    up = validate(validator, '{"replication_lag_seconds": 5}', RunId=older)
    assert up["Status"] == "FAILED"
    assert up["Reason"].startswith(f"Run {older} was asked to stop by run {newer}.")
    # Going down, the newer run is reported by who delivers; nothing holds a rollback up.
    down = validate(validator, '{"replication_lag_seconds": 5}', RunId=older, FromPhase="50")
    assert down["Status"] == "SUCCESS"


def test_a_gate_that_is_overtaken_while_it_looks_fails_as_its_last_act(
    validator: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newer = next(runs), next(runs)
    lag = validator._validation.checks["replication_lag_seconds"]

    class Overtaken:
        """The check, and a rollback's gate that begins while it looks; nothing is handed over."""

        key, unit, remedy = lag.key, lag.unit, lag.remedy

        def run(self, **given: Any) -> Any:
            monkeypatch.setattr(validator, "_validation", replace(own, checks={lag.key: lag}))
            down = validate(
                validator, '{"replication_lag_seconds": 5}', RunId=newer, FromPhase="50"
            )
            assert down["Status"] == "SUCCESS"
            return lag.run(**given)

    own = validator._validation
    monkeypatch.setattr(validator, "_validation", replace(own, checks={lag.key: Overtaken()}))
    up = validate(validator, '{"replication_lag_seconds": 5}', RunId=older)
    assert up["Status"] == "FAILED"
    assert up["Reason"].startswith(f"Run {older} was asked to stop by run {newer}.")
