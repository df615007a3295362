"""The check that the month stays within the budget."""

from __future__ import annotations

from app.migration.checks.account import asking
from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome

_ACCOUNT, _NAME = 4, 5


class CostForecast:
    """AWS's own forecast of the month against the limit of the budget that tells people.

    Budgets is asked because a function can reach it (through the NAT gateways, for nothing), and
    because it forecasts. The metric of estimated charges knows the past alone, in another region.
    """

    key = "cost_forecast_percent"
    unit = "% of the budget"
    remedy = "Run `payshift cost`; find what grew in Cost Explorer, or raise the budget."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Compare the forecast with the limit; inconclusive before AWS has made one.

        A new account has no forecast for some days. What was spent already is the least of it.
        """
        with asking(context, for_what="the month's forecast") as account:
            parts = account.budget_arn.split(":")
            budget = account.budgets.describe_budget(
                AccountId=parts[_ACCOUNT], BudgetName=parts[_NAME].removeprefix("budget/")
            )["Budget"]
            allowed = float(budget["BudgetLimit"]["Amount"])
            spend = budget.get("CalculatedSpend") or {}
            spent, forecast = (
                float((spend.get(name) or {}).get("Amount") or 0)
                for name in ("ActualSpend", "ForecastedSpend")
            )
        percent = 100 * max(spent, forecast) / allowed
        known = forecast > 0 or percent > limit
        passed = known and percent <= limit
        outcome = Outcome.PASSED if passed else Outcome.FAILED
        return CheckResult(
            check=self.key,
            outcome=outcome if known else Outcome.INCONCLUSIVE,
            figure=round(percent, 1) if known else None,
            limit=limit,
            unit=self.unit,
            message=f"{spent:.0f} USD spent, {forecast:.0f} forecast, {allowed:.0f} allowed",
            remedy="" if passed else self.remedy,
        )


CHECK: Check = CostForecast()
