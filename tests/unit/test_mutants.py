"""A mutant that lives must have a reason, and a reason must have a mutant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutants.groups import GROUPS
from tests.mutants.session import Mutant
from tests.mutants.survivors import Accepted, judge, read_accepted

ROOT = Path(__file__).parents[2]
RULES = "app/config/rules.py"
ALIVE = Mutant(
    module=RULES, operator="NumberReplacer", number=17, before="WHOLE = 100", after="WHOLE = 101",
    outcome="survived",
)  # fmt: skip
KILLED = replace(ALIVE, after="WHOLE = 99", outcome="killed")
REASON = Accepted(module=RULES, before="WHOLE = .*", reason="nobody can tell these two apart")


def test_a_mutant_that_lives_without_a_reason_fails_and_one_with_a_reason_does_not() -> None:
    assert judge([KILLED], ()).passed
    found = judge([KILLED, ALIVE], ())
    assert found.unexplained == (ALIVE,)
    assert found.lines() == [
        f"{RULES}:17: nobody sees NumberReplacer",
        "  - WHOLE = 100",
        "  + WHOLE = 101",
        "2 mutants: 1 killed, 0 live for a reason, 1 for none",
    ]
    assert judge([KILLED, ALIVE], (REASON,)).passed


def test_a_mutant_that_could_not_be_tried_counts_as_one_that_lives() -> None:
    assert not judge([replace(ALIVE, outcome="incompetent")], ()).passed


@pytest.mark.parametrize(
    "other",
    [
        {"module": "app/config/loading.py"},
        {"before": "WHOLE"},
        {"after": "WHOLE = 102"},
    ],
)
def test_a_reason_covers_its_own_line_and_mutant_only(other: dict[str, str]) -> None:
    reason = REASON.model_copy(update={"after": "WHOLE = 101", **other})
    assert not judge([ALIVE], (reason,)).passed


def test_a_reason_that_nothing_needs_any_more_fails_where_its_module_was_run() -> None:
    assert judge([KILLED], (REASON,)).stale == (REASON,)
    elsewhere = replace(KILLED, module="app/config/loading.py")
    everywhere = REASON.model_copy(update={"module": "*"})
    assert judge([elsewhere], (REASON, everywhere)).passed


def test_modules_and_tests_of_every_group_exist_and_no_module_is_in_two() -> None:
    modules = [one for group in GROUPS.values() for one in group.modules]
    assert len(modules) == len(set(modules))
    for one in (*modules, *(test for group in GROUPS.values() for test in group.tests)):
        assert (ROOT / one).is_file(), one


def test_reasons_speak_of_modules_that_are_mutated() -> None:
    modules = {one for group in GROUPS.values() for one in group.modules}
    assert {one.module for one in read_accepted()} <= modules | {"*"}
