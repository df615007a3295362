"""What a gate leaves behind: a record of evidence, and figures."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from app.lambdas.engine_metrics import EngineMetrics
from app.lambdas.validator.validation import Validation
from app.migration.checks.base import Outcome as CheckOutcome
from app.migration.run_order import RunOrder
from tests.lambdas.test_validation import (
    FAILED,
    INCONCLUSIVE,
    PASSED,
    Scripted,
    ScriptedTables,
    context_since,
    in_one_turn,
    properties,
    validate,
)


def test_the_whole_record_is_kept_in_the_evidence_bucket(aws: str) -> None:
    assert aws
    client = boto3.client("s3")
    client.create_bucket(
        Bucket="payshift-evidence", CreateBucketConfiguration={"LocationConstraint": "us-east-2"}
    )
    validation = Validation(
        checks={"lag": Scripted("lag", [FAILED]), "parity": Scripted("parity", [PASSED])},
        context=context_since,
        evidence_bucket="payshift-evidence",
        metrics=EngineMetrics(environment="local"),
        order=RunOrder(dict),
    )
    outcome = in_one_turn(validation, properties())
    key = "records/20261123T223000.000000Z-aaaa/validation-10-after.json"
    assert outcome.data["Evidence"] == key
    record = json.loads(client.get_object(Bucket="payshift-evidence", Key=key)["Body"].read())
    assert (record["outcome"], record["stage"], record["phase_name"]) == (
        "failed",
        "after",
        "phase-10",
    )
    assert [check["outcome"] for check in record["checks"]] == ["failed", "passed"]
    assert record["limits"] == {"lag": 5, "parity": True}


def test_what_a_rollback_left_out_or_cut_is_in_its_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "app.lambdas.evidence.keep", lambda record, **_where: kept.append(dict(record))
    )
    monkeypatch.setattr("app.lambdas.validator.validation.GOING_DOWN_SECONDS", 0.0)
    outcome = validate(
        ScriptedTables("rows", [PASSED]),
        Scripted("lag", [ZeroDivisionError("x")]),
        Scripted("parity", [PASSED]),
        Limits='{"rows": true, "lag": 5, "parity": true}',
        FromPhase="50",
    )
    assert outcome.success
    assert (kept[0]["left_out"], kept[0]["unasked"]) == (["rows"], ["parity"])
    assert [(one["check"], one["cut"]) for one in kept[0]["checks"]] == [("lag", True)]


def test_a_bucket_that_is_not_there_changes_no_verdict(
    aws: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert aws
    validation = Validation(
        checks={"lag": Scripted("lag", [PASSED]), "parity": Scripted("parity", [PASSED])},
        context=context_since,
        evidence_bucket="no-such-bucket",
        metrics=EngineMetrics(environment="local"),
        order=RunOrder(dict),
    )
    outcome = in_one_turn(validation, properties())
    assert (outcome.success, outcome.data["Evidence"]) == (True, "log")
    assert "evidence not stored" in caplog.messages


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (PASSED, {"GatesPassed": 1, "GatesFailed": 0, "GatesInconclusive": 0}),
        (FAILED, {"GatesPassed": 0, "GatesFailed": 1, "GatesInconclusive": 0}),
        (INCONCLUSIVE, {"GatesPassed": 0, "GatesFailed": 0, "GatesInconclusive": 1}),
    ],
)
def test_a_gate_is_counted_under_its_outcome(
    outcome: CheckOutcome, expected: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    validate(Scripted("lag", [outcome]), Limits='{"lag": 5}')
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {name: line[name][0] for name in expected} == expected
    assert line["Environment"] == "local"
    assert "ParityDifferences" not in line
