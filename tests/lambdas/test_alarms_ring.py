"""Every alarm rings when what it watches is broken, and not when it is sound.

What our functions publish goes its real way: their code prints it, the local CloudWatch reads it.
What AWS publishes is put where the alarm asks for it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from typing import Any

import pytest

from app.config.alarms import PAYSHIFT, Alarm, Metric, Query, all_alarms
from app.config.loading import load_environment
from app.lambdas.engine_metrics import EngineMetrics, Figures
from app.lambdas.features_in_force import PhaseInForce
from app.lambdas.handover import standing
from app.lambdas.payment_api.measurement import Measurement, RequestMetrics
from app.lambdas.payment_api.shadow_metrics import ShadowMetrics
from app.lambdas.payment_api.shadow_tally import Tally
from app.lambdas.validator import validation
from app.lambdas.validator.verdict import Verdict
from app.local.cloud.cloudwatch.emf import take_lines
from app.local.cloud.cloudwatch.store import MetricStore, SeriesKey
from app.migration.checks.base import CheckResult, Outcome
from app.migration.fence import WriterState
from app.migration.sites import Site
from app.migration.status import HandoverStatus
from tests.lambdas.alarm_state import inputs_of, period_seconds, rings

LOCAL = load_environment("local")
ALARMS = {alarm.name: alarm for alarm in all_alarms(LOCAL)}
NOW = 1_795_000_200.0  # a full minute, and five of them
Publish = Callable[[], None]


def is_ours(alarm: Alarm) -> bool:
    return any(metric.namespace == PAYSHIFT for metric in inputs_of(alarm))


OURS = {name for name, alarm in ALARMS.items() if is_ours(alarm)}


def engine(figures: Figures) -> None:
    EngineMetrics(environment=LOCAL.name).publish(figures)


def stand(
    *,
    accepting: tuple[Site, ...],
    away: tuple[Site, ...] = (),
    lag: float = 0.1,
    certificate_days: float = 90.0,
) -> None:
    """Publish what the status of the migration is."""
    states = {
        site: WriterState(site=site, writer=site, epoch=1, accepting=site in accepting)
        for site in Site
        if site not in away
    }
    told = HandoverStatus(
        writer=accepting[0] if len(accepting) == 1 else None,
        epoch=1,
        sites=states,
        unreachable=away,
        handovers=(),
    )
    phase = PhaseInForce(number=10, aws_percent=10)
    engine(standing._figures(told, lag=lag, certificate_days=certificate_days, phase=phase))


def gate(outcome: Outcome, *, differences: float = 0) -> None:
    """Publish what a validation found."""
    parity = CheckResult(
        check="row_parity", outcome=outcome, figure=differences, limit=0, unit="", message=""
    )
    verdict = Verdict(results=(parity,), looks=1, successes=1, wanted=1)
    engine(validation._figures(verdict))


def serve(site: str, *, status: int = 200, seconds: float = 0.01, held: int = 0) -> None:
    """Publish what some requests cost, of which some were held."""
    metrics = RequestMetrics(environment=LOCAL.name, site=site)
    for number in range(max(10, held)):
        measured = Measurement(started=time.perf_counter() - seconds)
        measured.held_ms = 5.0 if number < held else None
        metrics.publish(measured, status=status, colour=None)


def compare(*, differing: int) -> None:
    ShadowMetrics(environment=LOCAL.name, site="aws").publish(Tally(10, differing))


def sound() -> None:
    """Publish a good minute of everything."""
    stand(accepting=(Site.LEGACY,))
    gate(Outcome.PASSED)
    engine({"HandoverPause": ("Milliseconds", 12.0), "HandoversFailed": ("Count", 0)})  # type: ignore[dict-item]  # powertools takes the words too
    for site in ("legacy", "aws"):
        serve(site)
    compare(differing=0)


BROKEN: dict[str, Publish] = {
    "two-writers": lambda: stand(accepting=(Site.LEGACY, Site.AWS)),
    "no-writer": lambda: stand(accepting=()),
    "database-unreachable": lambda: stand(accepting=(Site.LEGACY,), away=(Site.AWS,)),
    "replication-lag": lambda: stand(accepting=(Site.LEGACY,), lag=9.0),
    "database-certificate-expires": lambda: stand(accepting=(Site.LEGACY,), certificate_days=29.9),
    "gate-failed": lambda: gate(Outcome.FAILED),
    "databases-differ": lambda: gate(Outcome.FAILED, differences=2),
    "handover-failed": lambda: engine({"HandoversFailed": ("Count", 1)}),  # type: ignore[dict-item]  # as above
    "handover-pause": lambda: engine({"HandoverPause": ("Milliseconds", 1500)}),  # type: ignore[dict-item]  # as above
    "shadow-reads-differ": lambda: compare(differing=1),
    "no-requests": lambda: None,
    **{
        f"{word}-{site}": publish
        for site in ("legacy", "aws")
        for word, publish in (
            ("error-rate", lambda site=site: serve(site, status=503)),
            ("p95", lambda site=site: serve(site, seconds=0.9)),
            ("held-requests", lambda site=site: serve(site, held=60)),
        )
    },
}


def printed(publish: Publish) -> list[dict[str, Any]]:
    """Let code publish once; return the lines that it printed."""
    with redirect_stdout(StringIO()) as out:
        publish()
    return [json.loads(line) for line in out.getvalue().splitlines()]


@cache
def good_minute() -> tuple[dict[str, Any], ...]:
    return tuple(printed(sound))


def minutes(records: Iterable[dict[str, Any]], *, count: int, last: float) -> list[bytes]:
    """Repeat lines for each of so many minutes."""
    lines = []
    for minute in range(count):
        moment = int((last - 60 * minute) * 1e3)
        for record in records:
            header = {**record["_aws"], "Timestamp": moment}
            lines.append(json.dumps({**record, "_aws": header}).encode())
    return lines


def test_every_alarm_on_our_own_figures_has_its_fault() -> None:
    assert set(BROKEN) == OURS


@pytest.mark.parametrize("name", sorted(OURS))
def test_an_alarm_rings_once_its_fault_has_lasted_and_not_before(name: str) -> None:
    alarm, fault = ALARMS[name], printed(BROKEN[name])
    for lasted, expected in ((alarm.periods, True), (alarm.periods - 1, False)):
        store = MetricStore()
        good = minutes(good_minute(), count=10, last=NOW - 30 - 60 * lasted)
        bad = minutes(fault, count=lasted, last=NOW - 30)
        assert take_lines(store, good + bad) == len(good + bad)
        assert rings(alarm, store, now=NOW) is expected, lasted


def test_no_alarm_on_our_own_figures_rings_on_good_days() -> None:
    store = MetricStore()
    take_lines(store, minutes(good_minute(), count=10, last=NOW - 30))
    assert [name for name in sorted(OURS) if rings(ALARMS[name], store, now=NOW)] == []


def put(store: MetricStore, alarm: Alarm, value: float, *, periods: int) -> None:
    """Put a value where an alarm asks for it, in each of its last periods."""
    if isinstance(alarm.figure, Query):
        word = alarm.figure.expression
        name = word[word.index("(") + 1 : word.index(")")]
        namespace, dimension = word[word.index('"') + 1 : -1].split('", ')
        keys = [SeriesKey(namespace, name, ((dimension, "one"),))]
    else:
        keys = [
            SeriesKey(metric.namespace, metric.name, tuple(sorted(metric.dimensions.items())))
            for metric in inputs_of(alarm)
        ]
    for key in keys:
        for back in range(periods):
            moment = NOW - period_seconds(alarm) * (back + 0.5)
            store.add(key=key, time=moment, values=[value], unit=None)


@pytest.mark.parametrize("name", sorted(set(ALARMS) - OURS))
def test_an_alarm_on_a_figure_of_aws_rings_beyond_its_limit_only(name: str) -> None:
    alarm = ALARMS[name]
    assert isinstance(alarm.figure, Metric | Query)
    step = 1 if alarm.rings == "above" else -1
    for value, expected in ((alarm.limit + step, True), (alarm.limit, False)):
        store = MetricStore()
        put(store, alarm, value, periods=alarm.periods)
        assert rings(alarm, store, now=NOW) is expected, value


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_silence_rings_where_silence_is_the_fault(name: str) -> None:
    alarm = ALARMS[name]
    # fact: FILL makes a silence of requests a figure of its own
    expected = alarm.silence == "breaching" or name == "no-requests"
    assert rings(alarm, MetricStore(), now=NOW) is expected
