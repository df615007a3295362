"""Decides whether an alarm rings, as CloudWatch does, from the data of a metric store."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator

from app.config.alarms import Alarm, Calculation, Metric, Query
from app.local.cloud.cloudwatch.statistics import statistic
from app.local.cloud.cloudwatch.store import MetricStore, SeriesKey

_QUERY = re.compile(r'SELECT (MAX|MIN|SUM)\((\w+)\) FROM SCHEMA\("([\w/]+)", (\w+)\)')
_STATISTICS = {"MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum"}
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def rings(alarm: Alarm, store: MetricStore, *, now: float) -> bool:
    """Tell whether the alarm's last periods before `now` are all beyond its limit.

    A period without data counts as its `silence` says; `missing` keeps the alarm from ringing.
    """
    length = period_seconds(alarm)
    figures = [
        _figure(alarm, store, start=now - length * back, length=length)
        for back in range(1, alarm.periods + 1)
    ]
    return all(
        alarm.silence == "breaching" if figure is None else _beyond(alarm, figure)
        for figure in figures
    )


def period_seconds(alarm: Alarm) -> int:
    """Return the length of the alarm's periods."""
    if isinstance(alarm.figure, Calculation):
        return max(metric.period_seconds for metric in alarm.figure.inputs.values())
    return alarm.figure.period_seconds


def _beyond(alarm: Alarm, figure: float) -> bool:
    return figure > alarm.limit if alarm.rings == "above" else figure < alarm.limit


def _figure(alarm: Alarm, store: MetricStore, *, start: float, length: int) -> float | None:
    figure = alarm.figure
    if isinstance(figure, Metric):
        return _metric(figure, store, start=start, length=length)
    if isinstance(figure, Query):
        return _query(figure, store, start=start, length=length)
    inputs = {
        name: _metric(metric, store, start=start, length=length)
        for name, metric in figure.inputs.items()
    }
    return _calculate(ast.parse(figure.expression, mode="eval").body, inputs)


def _metric(metric: Metric, store: MetricStore, *, start: float, length: int) -> float | None:
    key = SeriesKey(metric.namespace, metric.name, tuple(sorted(metric.dimensions.items())))
    _, values, _ = store.read(key=key, start=start, end=start + length)
    return statistic(metric.statistic, values) if values else None


def _query(query: Query, store: MetricStore, *, start: float, length: int) -> float | None:
    """Take the statistic over all series of the schema: those with exactly this dimension."""
    found = _QUERY.fullmatch(query.expression)
    assert found, query.expression
    word, name, namespace, dimension = found.groups()
    values = [
        value
        for key in store.series()
        if (key.namespace, key.name) == (namespace, name)
        and [one for one, _ in key.dimensions] == [dimension]
        for value in store.read(key=key, start=start, end=start + length)[1]
    ]
    return statistic(_STATISTICS[word], values) if values else None


def _calculate(node: ast.expr, inputs: dict[str, float | None]) -> float | None:
    """Compute an expression; a figure that is missing makes the result missing."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id=name):
            return inputs[name]
        case ast.Call(func=ast.Name(id="FILL"), args=[filled, default]):
            known = _calculate(filled, inputs)
            return _calculate(default, inputs) if known is None else known
        case ast.BinOp(left=left, op=op, right=right):
            sides = _calculate(left, inputs), _calculate(right, inputs)
            if sides[0] is None or sides[1] is None or (isinstance(op, ast.Div) and not sides[1]):
                return None
            return _OPERATORS[type(op)](sides[0], sides[1])
    raise AssertionError(ast.dump(node))


def inputs_of(alarm: Alarm) -> Iterator[Metric]:
    """Yield the metrics that an alarm names itself."""
    if isinstance(alarm.figure, Metric):
        yield alarm.figure
    elif isinstance(alarm.figure, Calculation):
        yield from alarm.figure.inputs.values()
