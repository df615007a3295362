"""Logs of queries: a group may be named with or without `:*` behind its ARN, as at AWS."""

from __future__ import annotations

from moto.route53.models import QueryLoggingConfig, Route53Backend

from app.local.cloud.replacing import replace

_STREAMS = ":*"


def adapt() -> None:
    """Adapt moto's Route 53."""
    create = replace(Route53Backend, "create_query_logging_config", None)

    def create_query_logging_config(
        self: Route53Backend, hosted_zone_id: str, log_group_arn: str
    ) -> QueryLoggingConfig:
        streams = log_group_arn.removesuffix(_STREAMS) + _STREAMS
        made: QueryLoggingConfig = create(self, hosted_zone_id, streams)
        made.cloud_watch_logs_log_group_arn = log_group_arn
        return made

    replace(Route53Backend, "create_query_logging_config", create_query_logging_config)
