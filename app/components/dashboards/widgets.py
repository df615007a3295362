"""Widgets of CloudWatch dashboards, laid out from left to right and from top to bottom."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.config.alarms import Calculation, Metric, Query

# CloudWatch's grid.
COLUMNS, HEIGHT = 24, 6
Figure = Metric | Calculation | Query
Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Figures by their labels, over time or as the newest values; `limit` draws a line."""

    title: str
    figures: Mapping[str, Figure]
    unit: str
    width: int = 8
    view: Literal["timeSeries", "singleValue"] = "timeSeries"
    limit: float | None = None


@dataclass(slots=True)
class Dashboard:
    """Collects widgets; `json` is what CloudWatch wants. Periods stay as the figures say."""

    region: str
    _widgets: list[Json] = field(default_factory=list)
    _x: int = 0
    _y: int = 0

    def heading(self, text: str) -> None:
        """Begin a row with a heading and a sentence that says what is normal."""
        self._new_row()
        self._place({"type": "text", "properties": {"markdown": text}}, width=COLUMNS, height=2)
        self._new_row(height=2)

    def row(self, graphs: Sequence[Graph]) -> None:
        """Add graphs, in a further row when they do not fit."""
        for graph in graphs:
            if self._x + graph.width > COLUMNS:
                self._new_row()
            widget: Json = {"type": "metric", "properties": self._properties(graph)}
            self._place(widget, width=graph.width, height=HEIGHT)
        self._new_row()

    def alarms(self, title: str, arns: Sequence[str]) -> None:
        """Show the states of alarms."""
        properties: Json = {"title": title, "alarms": list(arns)}
        self._place({"type": "alarm", "properties": properties}, width=COLUMNS, height=HEIGHT)
        self._new_row()

    def json(self) -> str:
        """Return the dashboard's body, the same on every run."""
        return json.dumps({"widgets": self._widgets}, sort_keys=True)

    def _properties(self, graph: Graph) -> Json:
        lines = [
            line
            for number, (label, figure) in enumerate(graph.figures.items())
            for line in _lines(figure, label=label, prefix=f"g{number}")
        ]
        annotations: Json = {"horizontal": [{"label": "alarm", "value": graph.limit}]}
        optional: Json = {} if graph.limit is None else {"annotations": annotations}
        # One axis: a second one would let two figures look alike that are not.
        axis: Json = {"left": {"label": graph.unit, "showUnits": False, "min": 0}}
        return {
            "title": graph.title,
            "region": self.region,
            "view": graph.view,
            "metrics": lines,
            "yAxis": axis,
            **optional,
        }

    def _place(self, widget: Json, *, width: int, height: int) -> None:
        place: Json = {"x": self._x, "y": self._y, "width": width, "height": height}
        self._widgets.append(widget | place)
        self._x += width

    def _new_row(self, *, height: int = HEIGHT) -> None:
        if self._x:
            self._x, self._y = 0, self._y + height


def _lines(figure: Figure, *, label: str, prefix: str) -> list[list[object]]:
    """Return a figure as CloudWatch's metric arrays; inputs of a calculation stay hidden."""
    if isinstance(figure, Metric):
        return [_metric(figure, label=label)]
    if isinstance(figure, Query):
        options = {"id": prefix, "label": label, "period": figure.period_seconds}
        return [[{"expression": figure.expression, **options}]]
    expression = figure.expression
    lines = []
    for name, metric in figure.inputs.items():
        # Ids are the widget's, and every site has its "errors".
        expression = expression.replace(name, f"{prefix}_{name}")
        lines.append(_metric(metric, label=name, id=f"{prefix}_{name}", visible=False))
    return [*lines, [{"expression": expression, "id": prefix, "label": label}]]


def _metric(metric: Metric, *, label: str, **options: object) -> list[object]:
    dimensions = [part for pair in metric.dimensions.items() for part in pair]
    shown = {"label": label, "stat": metric.statistic, "period": metric.period_seconds}
    return [metric.namespace, metric.name, *dimensions, {**shown, **options}]
