"""Findings against the list of exceptions: accepted, open, expired, unused, too many."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.pipeline.policy.finding import Finding
from app.pipeline.policy.verdict import Verdict, judge

TODAY = date(2026, 11, 24)
REASON = "Code signing does not exist for container images."


def finding(address: str, *, check: str = "CKV_AWS_272", workspace: str = "service") -> Finding:
    return Finding(workspace, address, check, "title", f"stacks/{workspace}/cdk.tf.json", 10)


VALIDATOR = finding("aws_lambda_function.validator_function")
HANDOVER = finding("aws_lambda_function.handover_function")


def verdict(tmp_path: Path, *findings: Finding, **entry: object) -> Verdict:
    """Judge findings by one exception, which is right unless told otherwise."""
    values: dict[str, object] = {
        "check": "CKV_AWS_272",
        "resource": "aws_lambda_function.*_function",
        "covers": 2,
        "reason": REASON,
        "expires": "2027-06-30",
        **entry,
    }
    file = tmp_path / "exceptions.yaml"
    lines = [f"    {key}: {value}" for key, value in values.items()]
    file.write_text("\n".join(["exceptions:", "  -", *lines]) + "\n", encoding="utf-8")
    return judge(findings, file=file, today=TODAY)


def test_what_an_exception_covers_is_accepted_with_its_reason(tmp_path: Path) -> None:
    found = verdict(tmp_path, VALIDATOR, HANDOVER)
    assert [one.reason for _, one in found.accepted] == [REASON, REASON]
    assert (found.open, found.problems) == ((), ())


def test_the_same_resource_found_in_code_and_plan_counts_once(tmp_path: Path) -> None:
    planned = Finding(
        "service", VALIDATOR.address, VALIDATOR.check, "title", "plans/service.json", 1
    )
    found = verdict(tmp_path, VALIDATOR, planned, covers=1)
    assert len(found.accepted) == 2
    assert found.problems == ()


@pytest.mark.parametrize(
    "other",
    [
        finding("aws_lambda_function.validator_function", check="CKV_AWS_27"),
        finding("aws_lambda_alias.validator_function"),
        finding("data.aws_lambda_function.validator_function"),
        finding("aws_lambda_function.validator"),
    ],
)
def test_another_check_type_or_name_stays_open(tmp_path: Path, other: Finding) -> None:
    found = verdict(tmp_path, VALIDATOR, HANDOVER, other)
    assert found.open == (other,)


def test_an_exception_that_expired_accepts_nothing(tmp_path: Path) -> None:
    found = verdict(tmp_path, VALIDATOR, HANDOVER, expires="2026-11-23")
    assert found.open == (VALIDATOR, HANDOVER)
    (problem,) = found.problems
    assert (problem.line, problem.column) == (7, 14)
    assert "expired on 2026-11-23" in problem.message
    assert verdict(tmp_path, VALIDATOR, HANDOVER, expires="2026-11-24").problems == ()


def test_an_exception_cannot_be_given_for_ever(tmp_path: Path) -> None:
    (problem,) = verdict(tmp_path, VALIDATOR, HANDOVER, expires="2027-11-26").problems
    assert "more than a year ahead" in problem.message


def test_an_exception_that_nothing_needs_is_a_mistake(tmp_path: Path) -> None:
    (problem,) = verdict(tmp_path).problems
    assert "is not used" in problem.message
    assert problem.line == 3
    assert problem.remedy == "delete it"


def test_one_more_resource_than_was_reviewed_opens_them_all(tmp_path: Path) -> None:
    third = finding("aws_lambda_function.rotation_function")
    found = verdict(tmp_path, VALIDATOR, HANDOVER, third)
    assert found.open == (VALIDATOR, HANDOVER, third)
    (problem,) = found.problems
    assert "covers 3 resources, not 2" in problem.message
    assert problem.line == 5


@pytest.mark.parametrize(
    "entry",
    [
        {"resource": "'*'"},
        {"resource": "aws_*.one"},
        {"check": "'*'"},
        {"check": "CKV_AWS_*"},
        {"reason": "because"},
        {"expires": "never"},
        {"expires": "~"},
        {"covers": 0},
    ],
)
def test_a_vague_exception_is_refused_with_its_place(
    tmp_path: Path, entry: dict[str, object]
) -> None:
    with pytest.raises(ConfigError) as refused:
        verdict(tmp_path, VALIDATOR, HANDOVER, **entry)
    assert {problem.file.name for problem in refused.value.problems} == {"exceptions.yaml"}


def test_there_are_at_most_eight_exceptions(tmp_path: Path) -> None:
    one = (
        "  - {check: CKV_AWS_1, resource: aws_vpc.x, covers: 1, "
        "reason: Nothing else is possible here., expires: 2027-01-01}\n"
    )
    file = tmp_path / "exceptions.yaml"
    file.write_text("exceptions:\n" + 9 * one, encoding="utf-8")
    with pytest.raises(ConfigError, match="exceptions"):
        judge((), file=file, today=TODAY)
