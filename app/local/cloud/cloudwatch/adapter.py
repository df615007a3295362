"""Puts the metric store in the place of moto's list of data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from app.local.cloud.cloudwatch import alarms
from app.local.cloud.cloudwatch.datum import values_of
from app.local.cloud.cloudwatch.statistics import first_period, periods, statistic
from app.local.cloud.cloudwatch.store import MetricStore, SeriesKey, dimensions_of
from app.local.cloud.replacing import replace


def adapt(store: MetricStore) -> None:
    """Adapt moto's CloudWatch. AWS's own namespaces, alarms and dashboards are still moto's."""
    alarms.adapt()
    _put(store)
    _get_data(store)
    _get_statistics(store)
    _list(store)


def _put(store: MetricStore) -> None:
    def put_metric_data(
        _: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]
    ) -> None:
        for datum in metric_data:
            store.add(
                key=SeriesKey(
                    namespace, datum["MetricName"], dimensions_of(datum.get("Dimensions") or [])
                ),
                time=_seconds(datum.get("Timestamp") or datetime.now(tz=UTC)),
                values=values_of(datum),
                unit=datum.get("Unit"),
            )

    replace(CloudWatchBackend, "put_metric_data", put_metric_data)


def _get_data(store: MetricStore) -> None:
    get = replace(CloudWatchBackend, "get_metric_data", None)

    def get_metric_data(
        self: CloudWatchBackend,
        queries: list[dict[str, Any]],
        start_time: datetime,
        end_time: datetime,
        scan_by: str = "TimestampAscending",
    ) -> list[dict[str, Any]]:
        if start_time >= end_time:
            raise ValidationError("The parameter EndTime must be greater than StartTime.")
        ours = {query["Id"]: query for query in queries if _is_ours(query)}
        others = [query for query in queries if query["Id"] not in ours]
        found = get(self, others, start_time, end_time, scan_by) if others else []
        results = {result["id"]: result for result in found}
        for name, query in ours.items():
            if query.get("ReturnData", True):
                results[name] = _answer(store, query, start_time, end_time, scan_by)
        return [results[query["Id"]] for query in queries if query["Id"] in results]

    replace(CloudWatchBackend, "get_metric_data", get_metric_data)


def _is_ours(query: dict[str, Any]) -> bool:
    return "MetricStat" in query and not _is_motos(query["MetricStat"]["Metric"]["Namespace"])


def _is_motos(namespace: str) -> bool:
    return namespace.startswith("AWS/")


def _answer(
    store: MetricStore, query: dict[str, Any], start: datetime, end: datetime, scan_by: str
) -> dict[str, Any]:
    wanted = query["MetricStat"]
    metric = wanted["Metric"]
    key = SeriesKey(
        metric["Namespace"], metric["MetricName"], dimensions_of(metric.get("Dimensions") or [])
    )
    period = int(wanted["Period"])
    first = first_period(_seconds(start), period)
    times, values, _ = store.read(key=key, start=first, end=_seconds(end))
    points = [
        (datetime.fromtimestamp(begin, tz=UTC), statistic(wanted["Stat"], part))
        for begin, part in periods(times, values, start=first, period=period)
    ]
    if scan_by == "TimestampDescending":
        points.reverse()
    return {
        "id": query["Id"],
        "label": query.get("Label") or f"{metric['MetricName']} {wanted['Stat']}",
        "timestamps": [time for time, _ in points],
        "values": [value for _, value in points],
        "status_code": "Complete",
    }


def _get_statistics(store: MetricStore) -> None:
    respond = replace(CloudWatchResponse, "get_metric_statistics", None)

    def get_metric_statistics(self: CloudWatchResponse) -> ActionResult:
        parameters = self._get_params()
        if _is_motos(parameters["Namespace"]):
            moto: ActionResult = respond(self)
            return moto
        return ActionResult(_statistics(store, parameters))

    replace(CloudWatchResponse, "get_metric_statistics", get_metric_statistics)


def _statistics(store: MetricStore, parameters: dict[str, Any]) -> dict[str, Any]:
    key = SeriesKey(
        parameters["Namespace"],
        parameters["MetricName"],
        dimensions_of(parameters.get("Dimensions") or []),
    )
    period = int(parameters["Period"])
    first = first_period(_seconds(parameters["StartTime"]), period)
    times, values, unit = store.read(key=key, start=first, end=_seconds(parameters["EndTime"]))
    points: list[dict[str, Any]] = []
    for begin, part in periods(times, values, start=first, period=period):
        point: dict[str, Any] = {"Timestamp": datetime.fromtimestamp(begin, tz=UTC), "Unit": unit}
        for name in parameters.get("Statistics") or []:
            point[name] = statistic(name, part)
        extended = parameters.get("ExtendedStatistics") or []
        if extended:
            point["ExtendedStatistics"] = {name: statistic(name, part) for name in extended}
        points.append(point)
    return {"Label": parameters["MetricName"], "Datapoints": points}


def _list(store: MetricStore) -> None:
    get_filtered = replace(CloudWatchBackend, "get_filtered_metrics", None)

    def get_filtered_metrics(
        self: CloudWatchBackend, name: str, namespace: str, dimensions: list[dict[str, str]]
    ) -> list[MetricDatumBase]:
        known = [_listed(key) for key in store.series()]
        ours = [datum for datum in known if datum.filter(namespace, name, dimensions)]
        return [*ours, *get_filtered(self, name, namespace, dimensions)]

    replace(CloudWatchBackend, "get_filtered_metrics", get_filtered_metrics)


def _listed(key: SeriesKey) -> MetricDatumBase:
    dimensions = [{"Name": name, "Value": value} for name, value in key.dimensions]
    return MetricDatumBase(key.namespace, key.name, dimensions, None)


def _seconds(moment: datetime) -> float:
    """Seconds since 1970; moto's naive times are UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
