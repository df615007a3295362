"""The Lambda entry point of the handover function."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from app.errors import InputError
from app.lambdas.custom_resource import serve
from app.lambdas.engine_settings import EngineDatabases, EngineSettings
from app.lambdas.handover.change import HandoverProperties, WriterChange
from app.lambdas.metrics_client import metrics_client
from app.lambdas.settings import read_settings
from app.migration.checks import all_checks
from app.migration.checks.base import CheckContext
from app.migration.replication.logical import LogicalReplication
from app.migration.status import status

# A lag is measured up to this; whoever asks for the status does not wait longer.
LAG_SECONDS = 5.0

_settings = read_settings(EngineSettings, os.environ)
_databases = EngineDatabases(_settings)
_change = WriterChange(
    databases=_databases.fetch,
    replication=LogicalReplication(),
    evidence_bucket=_settings.evidence_bucket,
)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any] | None:
    """Answer one event of Custom::WriterHandover, or a direct `{"action": "status"}`.

    The status is what `payshift.status` says, with the replication's lag in seconds (None when
    it cannot be measured); raises InputError for any other action.
    """
    if "ResponseURL" in event:
        serve(event, context, model=HandoverProperties, act=_change)
        return None
    if event.get("action") != "status":
        raise InputError('this function takes {"action": "status"} or CloudFormation events')
    return status(_databases.fetch()).as_record() | {"lag_seconds": _lag_seconds()}


def _lag_seconds() -> float | None:
    now = datetime.now(UTC)
    context = CheckContext(
        databases=_databases.fetch(),
        cloudwatch=metrics_client(),
        environment=_settings.environment,
        since=now,
        now=now,
    )
    return all_checks()["replication_lag_seconds"].run(context=context, limit=LAG_SECONDS).figure
