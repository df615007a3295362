"""The check that everybody's money is the same at both sites, and the ledger's is what was paid."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult, WholeTables
from app.migration.checks.both_sites import judge_faults
from app.migration.checks.recorded_verdict import judge_recorded, too_large
from app.migration.verify.aspect import Aspect
from app.migration.verify.money import BALANCES
from app.migration.verify.parity import compare_parity


class MoneyParity(WholeTables):
    """The balance of every account, and the ledger against payments and refunds, at both sites.

    Tables too large for the time of a gate have been verified before: then `payshift verify` tells.
    """

    key = "money_parity"
    unit = "differences"
    remedy = "Find the entries behind these balances; do not move the writer before they are known."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Count the differing balances; the limit (`true` in a gate) means that none may differ."""
        if too_large(context):
            return judge_recorded(self, context=context, limit=limit, aspects=(Aspect.MONEY,))
        report = compare_parity(context.databases, query=BALANCES)
        return judge_faults(
            self,
            faults=[
                f"{row.subject}: legacy {row.legacy}, aws {row.aws}"
                for row in report.rows
                if not row.right
            ],
            limit=limit,
            agreed=f"{len(report.rows)} balances agree at both sites",
            forbidden=True,
        )


CHECK: Check = MoneyParity()
