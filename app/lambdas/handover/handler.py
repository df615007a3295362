"""The Lambda entry point of the handover function."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from app.errors import InputError
from app.lambdas.carrier import carrier
from app.lambdas.custom_resource import seconds_to_act, serve
from app.lambdas.engine_metrics import EngineMetrics
from app.lambdas.engine_settings import EngineDatabases, EngineSettings
from app.lambdas.handover.change import HandoverProperties, WriterChange
from app.lambdas.handover.resting import ACTION as MOVE_RESTING_SLOT
from app.lambdas.handover.resting import RestingSlot
from app.lambdas.handover.standing import Standing
from app.lambdas.handover.tail import ACTION as FINISH
from app.lambdas.handover.tail import Tail
from app.lambdas.settings import read_settings

_settings = read_settings(EngineSettings, os.environ)
_databases = EngineDatabases(_settings)
_metrics = EngineMetrics(environment=_settings.environment)
_replication = carrier(_settings)
_tail = Tail(databases=_databases.fetch, replication=_replication)
_resting_slot = RestingSlot(databases=_databases.fetch, replication=_replication)
_standing = Standing(
    databases=_databases.fetch,
    environment=_settings.environment,
    features_parameter=_settings.features_parameter,
    metrics=_metrics,
)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any] | None:
    """Answer one event of Custom::WriterHandover, or a direct `{"action": "status"}`.

    The status is what `Standing` tells; a schedule asks for it every minute, which publishes it.
    `finish` is what this function asks of itself, see `Tail`; `move-resting-slot` what another
    schedule asks every five minutes, see `RestingSlot`. Raises InputError for any other.
    """
    if "ResponseURL" in event:
        change = WriterChange(
            databases=_databases.fetch,
            replication=_replication,
            evidence_bucket=_settings.evidence_bucket,
            metrics=_metrics,
            leave_tail=partial(_tail.leave_to_another, context),
        )
        serve(event, context, model=HandoverProperties, act=change)
        return None
    if event.get("action") == FINISH:
        return _tail(seconds=seconds_to_act(context))
    if event.get("action") == MOVE_RESTING_SLOT:
        return _resting_slot()
    if event.get("action") != "status":
        raise InputError('this function takes {"action": "status"} or CloudFormation events')
    return _standing()
