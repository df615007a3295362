"""The effect of a plan: what is compared, what is masked, what is hidden, what is said."""

from __future__ import annotations

import json
from typing import Any

from app.pipeline.review.compare import differences
from app.pipeline.review.effect import Change, Value, changes, digest, visible

RUN_A, RUN_B = "20261123T223000.123456Z-ab12", "20261124T000000.000000Z-cd34-break-glass"


def shown(*resources: dict[str, Any]) -> str:
    return json.dumps({"resource_changes": list(resources)})


def resource(address: str, actions: list[str], **change: Any) -> dict[str, Any]:
    return {"address": address, "mode": "managed", "change": {"actions": actions, **change}}


def weight(after: int, *, before: int = 100) -> tuple[Change, ...]:
    return changes(
        shown(
            resource(
                "aws_route53_record.legacy",
                ["update"],
                before={"policy": [{"weight": before}], "ttl": 30},
                after={"policy": [{"weight": after}], "ttl": 30},
            )
        )
    )


def test_only_what_changes_is_kept_by_its_path() -> None:
    (change,) = weight(90)
    assert change.values == {"policy[0].weight": Value(before=100, after=90)}


def test_what_is_read_or_left_alone_is_no_effect() -> None:
    data = {**resource("data.aws_lb.entrance", ["read"]), "mode": "data"}
    assert changes(shown(data, resource("aws_lb.entrance", ["no-op"]))) == ()


def test_two_runs_with_the_same_effect_are_equal() -> None:
    def plan(before: str, after: str) -> tuple[Change, ...]:
        return changes(
            shown(
                resource(
                    "aws_cloudformation_stack.after",
                    ["update"],
                    before={"parameters": {"RunId": before}},
                    after={"parameters": {"RunId": after}},
                )
            )
        )

    first, second = plan("", RUN_A), plan(RUN_A, RUN_B)
    assert first[0].values["parameters.RunId"].after == "(this run)"
    assert digest(first) == digest(second)
    assert differences(first, second) == ()


def test_where_a_value_came_from_makes_no_difference_and_what_it_becomes_does() -> None:
    assert differences(weight(50, before=100), weight(50, before=90)) == ()
    assert differences(weight(50), weight(10)) == (
        "aws_route53_record.legacy: policy[0].weight becomes 10, reviewed was 50",
    )


def test_a_sensitive_value_is_compared_and_never_shown() -> None:
    def plan(secret: str) -> tuple[Change, ...]:
        return changes(
            shown(
                resource(
                    "aws_ssm_parameter.features",
                    ["update"],
                    before={"value": "old"},
                    after={"value": secret},
                    before_sensitive={"value": True},
                    after_sensitive={"value": True},
                )
            )
        )

    assert "hunter2" not in plan("hunter2")[0].model_dump_json()
    assert visible(plan("hunter2")[0].values["value"].after) == "(sensitive)"
    assert differences(plan("hunter2"), plan("hunter2")) == ()
    assert differences(plan("hunter2"), plan("other")) == (
        "aws_ssm_parameter.features: value becomes (sensitive), reviewed was (sensitive)",
    )


def test_a_value_that_is_known_only_afterwards_is_said_to_be() -> None:
    (change,) = changes(
        shown(
            resource(
                "aws_instance.a",
                ["create"],
                before=None,
                after={"name": "a"},
                after_unknown={"id": True, "tags": {}, "disk": [{"id": True}]},
            )
        )
    )
    assert {path: value.after for path, value in change.values.items()} == {
        "name": "a",
        "id": "(known after apply)",
        "disk[0].id": "(known after apply)",
    }


def test_every_kind_of_difference_is_named() -> None:
    reviewed = changes(
        shown(
            resource("a.changed", ["update"], before={"x": 1}, after={"x": 2, "y": 1}),
            resource("a.gone", ["update"], before={"x": 1}, after={"x": 2}),
        )
    )
    now = changes(
        shown(
            resource("a.changed", ["delete", "create"], before={"z": 1}, after={"y": 1, "z": 2}),
            resource("a.new", ["delete"], before={"x": 1}, after=None),
        )
    )
    assert differences(reviewed, now) == (
        "a.changed: delete and create instead of update",
        "a.changed: x would no longer become 2",
        "a.changed: z becomes 2, which nobody reviewed",
        "a.gone: update was reviewed and is no longer to be done",
        "a.new: delete, which nobody reviewed",
    )


def test_finishing_what_broke_off_may_do_less_and_nothing_else() -> None:
    whole = changes(
        shown(
            resource("a.one", ["create"], before=None, after={"x": 1}),
            resource("a.two", ["create"], before=None, after={"x": 2}),
        )
    )
    rest = changes(shown(resource("a.two", ["delete", "create"], before={}, after={"x": 2})))
    assert differences(whole, rest, finishing=True) == ()
    other = changes(shown(resource("a.two", ["update"], before={}, after={"x": 3})))
    assert differences(whole, other, finishing=True) == ("a.two: x becomes 3, reviewed was 2",)
    beside = changes(shown(resource("a.two", ["update"], before={"y": 1}, after={"y": 4})))
    assert differences(whole, beside, finishing=True) == (
        "a.two: y becomes 4, which nobody reviewed",
    )
    chosen = changes(
        shown(resource("a.two", ["delete", "create"], before={}, after={}, unknown={"id": True}))
    )
    assert differences(whole, chosen, finishing=True) == ()
    more = changes(shown(resource("a.three", ["delete"], before={"x": 1}, after=None)))
    assert differences(whole, more, finishing=True) == ("a.three: delete, which nobody reviewed",)
