"""CloudWatch alarms from the table of alarms."""

from __future__ import annotations

from typing import Any

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from constructs import Construct

from app.config.alarms import Alarm, Calculation, Metric, Query
from app.config.names import Names

_COMPARISONS = {"above": "GreaterThanThreshold", "below": "LessThanThreshold"}


def metric_alarm(
    scope: Construct, id_: str, *, names: Names, alarm: Alarm, topic_arn: str
) -> CloudwatchMetricAlarm:
    """Create an alarm that tells the topic when it rings and when it is over."""
    return CloudwatchMetricAlarm(
        scope,
        id_,
        alarm_name=f"{names.prefix}-{alarm.name}",
        alarm_description=f"{alarm.reason} → {alarm.remedy}",
        comparison_operator=_COMPARISONS[alarm.rings],
        threshold=alarm.limit,
        evaluation_periods=alarm.periods,
        datapoints_to_alarm=alarm.periods,
        treat_missing_data=alarm.silence,
        actions_enabled=True,
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        **_figure(alarm.figure),
    )


def _figure(figure: Metric | Calculation | Query) -> dict[str, Any]:
    if isinstance(figure, Metric):
        percentile = figure.statistic.startswith("p")
        return {
            "namespace": figure.namespace,
            "metric_name": figure.name,
            "dimensions": dict(figure.dimensions),
            "period": figure.period_seconds,
            ("extended_statistic" if percentile else "statistic"): figure.statistic,
        }
    return {"metric_query": _queries(figure)}


def _queries(figure: Calculation | Query) -> list[CloudwatchMetricAlarmMetricQuery]:
    if isinstance(figure, Query):
        return [
            CloudwatchMetricAlarmMetricQuery(
                id="figure",
                expression=figure.expression,
                label=figure.label,
                period=figure.period_seconds,
                return_data=True,
            )
        ]
    inputs = [
        CloudwatchMetricAlarmMetricQuery(id=name, metric=_input(metric))
        for name, metric in figure.inputs.items()
    ]
    result = CloudwatchMetricAlarmMetricQuery(
        id="figure", expression=figure.expression, label=figure.label, return_data=True
    )
    return [*inputs, result]


def _input(metric: Metric) -> CloudwatchMetricAlarmMetricQueryMetric:
    return CloudwatchMetricAlarmMetricQueryMetric(
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions=dict(metric.dimensions),
        stat=metric.statistic,
        period=metric.period_seconds,
    )
