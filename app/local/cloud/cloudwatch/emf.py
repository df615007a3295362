"""Reads CloudWatch's embedded metric format."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from app.local.cloud.cloudwatch.store import MetricStore, SeriesKey

_log = logging.getLogger(__name__)


def take_lines(store: MetricStore, lines: Iterable[bytes]) -> int:
    """Store the metrics of EMF lines and return how many lines were good; others are logged."""
    good = 0
    for line in lines:
        if not line:
            continue
        try:
            _take(store, json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("not EMF (%r): %.200r", error, line)
        else:
            good += 1
    return good


def _take(store: MetricStore, document: Mapping[str, Any]) -> None:
    header = document["_aws"]
    time = header["Timestamp"] / 1000
    for directive in header["CloudWatchMetrics"]:
        for names in directive.get("Dimensions") or [[]]:
            dimensions = tuple(sorted((name, str(document[name])) for name in names))
            for metric in directive["Metrics"]:
                value = document.get(metric["Name"])
                if value is None:
                    continue
                values = value if isinstance(value, list) else [value]
                key = SeriesKey(directive["Namespace"], metric["Name"], dimensions)
                store.add(
                    key=key,
                    time=time,
                    values=[float(entry) for entry in values],
                    unit=metric.get("Unit"),
                )
