"""A rollback goes on within moments, whatever its gate is asking."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import pytest

from app.lambdas.custom_resource import serve
from app.lambdas.engine_metrics import EngineMetrics
from app.lambdas.validator.properties import ValidationProperties
from app.lambdas.validator.turns import Turns
from app.lambdas.validator.validation import ContextAt, Validation
from app.local.postgres import roles
from app.migration.checks.base import Check, CheckContext, CheckResult, MetricDataClient, Outcome
from app.migration.checks.both_sites import both_sites
from app.migration.run_order import RunOrder
from app.migration.sites import Site
from tests.lambdas.callback import Callback, cloudformation_event, listening
from tests.lambdas.conftest import Pair
from tests.lambdas.invocation import lambda_context

pytestmark = pytest.mark.slow

ROLLBACK = {
    "RunId": "20261123T223000.000000Z-aaaa",
    "FromPhase": "50",
    "Phase": "10",
    "PhaseName": "phase-10",
    "Stage": "before",
    "Limits": '{"slow": true}',
    "DeadlineSeconds": "1800",
    "LookSeconds": "15",
}
STILL_ASKED = """
    SELECT count(*) FROM pg_stat_activity
    WHERE state = 'active' AND application_name = 'payshift-check'
"""


@dataclass
class Slow:
    """A check that asks as told, and passes if it is ever answered."""

    ask: Callable[[CheckContext], object]
    key: str = "slow"
    unit: str = "s"
    remedy: str = "wait"
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Ask, and tell that it is over."""
        try:
            self.ask(context)
        finally:
            self.ended.set()
        return CheckResult(
            check=self.key, outcome=Outcome.PASSED, figure=0, limit=limit, unit="s", message="m"
        )


@pytest.fixture
def callback() -> Iterator[Callback]:
    with listening() as callback:
        yield callback


@pytest.fixture(autouse=True)
def moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scale what a rollback may be held."""
    monkeypatch.setattr("app.lambdas.validator.validation.GOING_DOWN_SECONDS", 1.0)
    monkeypatch.setattr("app.lambdas.validator.properties.HELD_SECONDS", 3.0)


def go_back(callback: Callback, check: Check, pair: Pair | None = None) -> None:
    def context_since(since: datetime) -> ContextAt:
        clusters = {} if pair is None else pair.clusters
        databases = {one: pair.settings(one, roles.ENGINE) for one in clusters} if pair else {}

        def at(now: datetime) -> CheckContext:
            return CheckContext(
                databases=databases,
                cloudwatch=cast("MetricDataClient", None),
                environment="local",
                since=since,
                now=now,
            )

        return at

    gate = Validation(
        checks={check.key: check},
        context=context_since,
        evidence_bucket=None,
        metrics=EngineMetrics(environment="local"),
        order=RunOrder(dict),
    )
    event, context = cloudformation_event(callback, "Update", ROLLBACK, old={}), lambda_context(900)
    serve(event, context, model=ValidationProperties, act=Turns(event, context, validation=gate))


def test_a_check_that_cannot_be_cut_is_not_waited_for(callback: Callback) -> None:
    def wait_for_the_answer(_context: CheckContext) -> None:
        # fact: the answer is given while the check is being asked, or never
        for _ in range(600):
            if callback.answers:
                return
            time.sleep(0.05)

    go_back(callback, Slow(wait_for_the_answer))
    (answer,) = callback.answers
    assert (answer["Status"], answer["Reason"]) == (
        "SUCCESS",
        "still running after 3 s, and only reports: nothing waits for it",
    )


def test_a_statement_is_cut_and_none_is_left_at_a_server(
    callback: Callback, databases: Pair
) -> None:
    def sleep(context: CheckContext) -> None:
        with both_sites(context) as sessions:
            sessions[Site.AWS].execute("SELECT pg_sleep(60)")

    go_back(callback, Slow(sleep), databases)
    (answer,) = callback.answers
    assert answer["Status"] == "SUCCESS"
    assert "slow inconclusive" in answer["Reason"]
    assert "cut off, the time of its gate was up" in answer["Reason"]
    assert databases.ask(Site.AWS, STILL_ASKED) == (0,)


def test_statements_that_are_short_but_many_are_cut_as_well(
    callback: Callback, databases: Pair
) -> None:
    def ask_again_and_again(context: CheckContext) -> None:
        with both_sites(context) as sessions:
            for _ in range(600):
                sessions[Site.AWS].execute("SELECT pg_sleep(0.1)")

    go_back(callback, Slow(ask_again_and_again), databases)
    (answer,) = callback.answers
    assert answer["Status"] == "SUCCESS"
    assert "cut off, the time of its gate was up" in answer["Reason"]
    assert databases.ask(Site.AWS, STILL_ASKED) == (0,)
