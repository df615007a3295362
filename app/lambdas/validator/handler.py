"""The Lambda entry point of the validator."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from app.lambdas.carrier import carrier
from app.lambdas.custom_resource import serve
from app.lambdas.engine_metrics import EngineMetrics
from app.lambdas.engine_settings import EngineDatabases
from app.lambdas.metrics_client import metrics_client
from app.lambdas.settings import read_settings
from app.lambdas.validator.account import account_of
from app.lambdas.validator.properties import ValidationProperties
from app.lambdas.validator.settings import ValidatorSettings
from app.lambdas.validator.traffic import sites_with_traffic
from app.lambdas.validator.turns import Turns
from app.lambdas.validator.validation import ContextAt, Validation
from app.migration.checks import all_checks
from app.migration.checks.base import CheckContext
from app.migration.run_order import RunOrder


def _start(environ: Mapping[str, str]) -> Validation:
    settings = read_settings(ValidatorSettings, environ)
    databases = EngineDatabases(settings)

    def context(since: datetime) -> ContextAt:
        logins = databases.fetch()
        cloudwatch = metrics_client()
        replication = carrier(settings)
        account = account_of(settings)
        sites = sites_with_traffic(settings.features_parameter)

        def at(now: datetime) -> CheckContext:
            return CheckContext(
                databases=logins,
                cloudwatch=cloudwatch,
                environment=settings.environment,
                since=since,
                sites=sites,
                now=now,
                account=account,
                replication=replication,
                verification_hours=settings.verification_hours,
            )

        return at

    return Validation(
        checks=all_checks(),
        context=context,
        evidence_bucket=settings.evidence_bucket,
        metrics=EngineMetrics(environment=settings.environment),
        order=RunOrder(databases.fetch),
    )


_validation = _start(os.environ)


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Answer one event of Custom::MigrationValidation, or hand it on to a further invocation."""
    act = Turns(event, context, validation=_validation)
    serve(event, context, model=ValidationProperties, act=act)
