"""The AWS account as the checks want it."""

from __future__ import annotations

from typing import cast

import boto3

from app.lambdas.logins import AWS_CALLS
from app.lambdas.validator.settings import ValidatorSettings
from app.migration.checks.base import Account, BudgetsClient, SecretsClient


def account_of(settings: ValidatorSettings) -> Account | None:
    """Return the account; None where the settings name nothing to ask it for.

    boto3's clients have the operations that the protocols name. Budgets has one endpoint for all
    regions, outside the VPC: the function reaches it through the NAT gateways.
    """
    if settings.watched_secrets is None or settings.budget is None:
        return None
    return Account(
        secrets=cast("SecretsClient", boto3.client("secretsmanager", config=AWS_CALLS)),
        secret_names=tuple(settings.watched_secrets.split(",")),
        budgets=cast("BudgetsClient", boto3.client("budgets", config=AWS_CALLS)),
        budget_arn=settings.budget,
    )
