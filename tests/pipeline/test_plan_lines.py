"""What a plan's JSON is taken for: drift, noise with a reason, or nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.errors import ConfigError
from app.pipeline.drift.noise import Noise, expired, read_noise
from app.pipeline.drift.plan_lines import plan_lines
from app.pipeline.probing.base import Outcome

NOISE = Noise(
    resource="aws_lambda_provisioned_concurrency_config.*",
    attributes=("provisioned_concurrent_executions",),
    reason="Autoscaling moves it between its bounds.",
    expires=date(2027, 1, 1),
)


def change(address: str, before: Any, after: Any, *actions: str, **unknown: bool) -> dict[str, Any]:
    return {
        "address": address,
        "change": {
            "actions": list(actions) or ["update"],
            "before": before,
            "after": after,
            "after_unknown": unknown,
        },
    }


def said(**plan: Any) -> list[tuple[str, str]]:
    return [(one.subject, one.message) for one in plan_lines("service", plan, noise=(NOISE,))
            if one.outcome is Outcome.FAILED]  # fmt: skip


def test_a_plan_without_changes_passes() -> None:
    quiet = change("aws_vpc.main", {"a": 1}, {"a": 1}, "no-op")
    (line,) = plan_lines("service", {"resource_changes": [quiet]}, noise=())
    assert (line.outcome, line.subject) == (Outcome.PASSED, "service")


def test_a_change_names_its_attributes_and_never_their_values() -> None:
    secret = change(
        "aws_db_instance.one", {"password": "old", "tags": {"a": "b"}}, {"password": "new"}
    )
    assert said(resource_changes=[secret]) == [
        ("service: aws_db_instance.one", "an apply would update password, tags")
    ]


def test_what_was_changed_outside_is_told_even_if_an_apply_would_leave_it() -> None:
    outside = change("aws_vpc.main", {"dns": True}, {"dns": False})
    assert said(resource_drift=[outside]) == [
        ("service: aws_vpc.main", "changed outside of Terraform: update dns")
    ]
    assert said(resource_drift=[outside], resource_changes=[outside]) == [
        ("service: aws_vpc.main", "an apply would update dns (changed outside)")
    ]


def test_a_value_that_only_an_apply_will_know_differs() -> None:
    unknown = change("aws_alb.main", {"arn": "a"}, {}, "update", arn=True)
    assert said(resource_changes=[unknown])[0][1] == "an apply would update arn"


def test_what_is_not_set_and_what_is_read_back_empty_are_the_same() -> None:
    unset = change("aws_vpc.main", {"tags": None, "x": {"a": None}}, {"tags": {}, "x": {"a": ""}})
    assert said(resource_drift=[unset]) == []
    emptied = change("aws_vpc.main", {"tags": {"a": "b"}, "on": True}, {"tags": {}, "on": False})
    assert said(resource_drift=[emptied])[0][1].endswith("update on, tags")


def test_noise_is_passed_over_by_its_attribute_and_by_nothing_else() -> None:
    address = "aws_lambda_provisioned_concurrency_config.blue_copies"
    noisy, value = (
        {"provisioned_concurrent_executions": 2},
        {"provisioned_concurrent_executions": 5},
    )
    assert said(resource_drift=[change(address, noisy, value)]) == []
    both = change(address, noisy | {"qualifier": "1"}, value | {"qualifier": "2"})
    assert said(resource_drift=[both])[0][1].endswith("update qualifier")
    # fact: the same attribute of another type is no noise, nor is a resource that is gone
    other = "aws_lambda_provisioned_concurrency_config_of_others.blue"
    assert said(resource_drift=[change(other, noisy, value)]) != []
    assert said(resource_drift=[change(address, noisy, None, "delete")])[0][1].endswith("delete")


def test_noise_speaks_of_every_instance_and_module_of_a_resource() -> None:
    assert NOISE.covers(
        'aws_lambda_provisioned_concurrency_config.copies["blue"]',
        "provisioned_concurrent_executions",
    )
    assert not NOISE.covers("aws_lambda_alias.copies", "provisioned_concurrent_executions")


def test_noise_that_expired_is_to_be_reviewed() -> None:
    assert expired((NOISE,), today=date(2027, 1, 1)) == ()
    assert expired((NOISE,), today=date(2027, 1, 2)) == (NOISE,)


def test_the_list_in_force_has_reasons_and_dates_within_a_year() -> None:
    for one in read_noise():
        assert one.expires <= date(2027, 11, 30)
        assert one.reason.endswith(".")


REST = "reason: long enough to be a reason, expires: 2027-01-01"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (f"{{resource: aws_vpc.main, {REST}}}", "attributes"),
        (f"{{resource: '*', attributes: [tags], {REST}}}", "resource"),
        (f"{{resource: aws_vpc.main, attributes: ['*'], {REST}}}", "attributes"),
        ("{resource: aws_vpc.main, attributes: [tags], reason: so, expires: 2027-01-01}", "reason"),
    ],
)
def test_noise_without_bounds_is_refused(tmp_path: Path, entry: str, message: str) -> None:
    file = tmp_path / "noise.yaml"
    file.write_text(f"noise:\n  - {entry}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        read_noise(file)
