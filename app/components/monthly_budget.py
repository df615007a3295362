"""The budget of the account: people hear of a month that will be too dear, not of one that was."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.budgets_budget import BudgetsBudget, BudgetsBudgetNotification
from constructs import Construct

from app.config.names import Names

FORECAST_PERCENTS = (80, 100)


def monthly_budget(
    scope: Construct,
    id_: str,
    *,
    names: Names,
    limit_usd: int,
    topic_arn: str,
    depends_on: Sequence[ITerraformDependable],
) -> None:
    """Create the budget, which counts the whole account.

    A filter by tag would count nothing until someone has activated the tag for billing.
    """
    BudgetsBudget(
        scope,
        id_,
        name=names.budget,
        budget_type="COST",
        time_unit="MONTHLY",
        limit_amount=str(limit_usd),
        limit_unit="USD",
        notification=[
            BudgetsBudgetNotification(
                notification_type="FORECASTED",
                comparison_operator="GREATER_THAN",
                threshold=percent,
                threshold_type="PERCENTAGE",
                subscriber_sns_topic_arns=[topic_arn],
            )
            for percent in FORECAST_PERCENTS
        ],
        depends_on=list(depends_on),
    )
