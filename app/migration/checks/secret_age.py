"""The check that every login has been given a new password not too long ago."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.migration.checks.account import asking
from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome

_DAY_SECONDS = 86_400


class SecretAge:
    """The age of the oldest current value among all logins of the environment."""

    key = "secret_age_days"
    unit = "days"
    remedy = "Rotate that secret now, and read the rotation function's log."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Compare the oldest login's age with the limit; inconclusive if one cannot be told."""
        with asking(context, for_what="the age of the logins") as account:
            changed = {
                name: _changed_at(account.secrets.describe_secret(SecretId=name))
                for name in account.secret_names
            }
            oldest = min(changed, key=lambda name: changed[name])
        days = (context.now - changed[oldest]).total_seconds() / _DAY_SECONDS
        passed = days <= limit
        return CheckResult(
            check=self.key,
            outcome=Outcome.PASSED if passed else Outcome.FAILED,
            figure=round(days, 2),
            limit=limit,
            unit=self.unit,
            message=f"the oldest of {len(changed)} logins is {oldest}",
            remedy="" if passed else self.remedy,
        )


def _changed_at(secret: Mapping[str, Any]) -> datetime:
    """Return when the value was changed last: by a rotation, or by hand before the first one."""
    moment: datetime = secret.get("LastRotatedDate") or secret["LastChangedDate"]
    return moment


CHECK: Check = SecretAge()
