"""Questions to the logs that people on call have, saved in CloudWatch Logs Insights."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudwatch_query_definition import CloudwatchQueryDefinition
from constructs import Construct

from app.config.colours import COLOURS, payment_api
from app.config.names import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """A query and the log groups that it reads."""

    name: str
    groups: tuple[str, ...]
    text: str


def log_queries(names: Names) -> tuple[LogQuery, ...]:
    """Return the queries; their fields are those that our functions, WAF and DMS write."""
    api = tuple(f"/aws/lambda/{names.function(payment_api(colour))}" for colour in COLOURS)
    validator, handover = (
        f"/aws/lambda/{names.function(purpose)}" for purpose in ("validator", "handover")
    )
    return (
        LogQuery(
            name="server-errors",
            groups=api,
            text="fields @timestamp, method, path, status, latency_ms, trace\n"
            '| filter message = "request" and status >= 500\n| sort @timestamp desc\n| limit 100',
        ),
        LogQuery(
            name="slowest-requests",
            groups=api,
            text="fields @timestamp, method, path, latency_ms, held_ms, trace\n"
            '| filter message = "request"\n| sort latency_ms desc\n| limit 50',
        ),
        LogQuery(
            name="held-requests",
            groups=api,
            text='filter message = "request" and ispresent(held_ms)\n'
            "| stats count() as held, max(held_ms) as longest, pct(held_ms, 95) as p95 "
            "by bin(1m)",
        ),
        LogQuery(
            name="faults",
            groups=(*api, validator, handover),
            text='fields @timestamp, service, message, @message\n| filter level = "ERROR"\n'
            "| sort @timestamp desc\n| limit 100",
        ),
        LogQuery(
            name="steps-of-phases",
            groups=(validator, handover),
            text="fields @timestamp, request_type, resource, properties.Phase, properties.RunId\n"
            '| filter message = "custom resource"\n| sort @timestamp desc\n| limit 100',
        ),
        LogQuery(
            name="replication-faults",
            groups=(names.replication_log_group,),
            text=r"fields @timestamp, @logStream, @message"
            "\n"
            r"| filter @message like /\]E:|\]W:/"
            "\n| sort @timestamp desc\n| limit 100",
        ),
        LogQuery(
            name="blocked-requests",
            groups=(names.firewall_log_group,),
            text='filter action = "BLOCK"\n'
            "| stats count() as blocked by terminatingRuleId, httpRequest.clientIp\n"
            "| sort blocked desc\n| limit 50",
        ),
    )


def save_query(scope: Construct, id_: str, *, names: Names, query: LogQuery) -> None:
    """Save a query in the environment's folder."""
    CloudwatchQueryDefinition(
        scope,
        id_,
        name=f"{names.prefix}/{query.name}",
        query_string=query.text,
        log_group_names=list(query.groups),
    )
