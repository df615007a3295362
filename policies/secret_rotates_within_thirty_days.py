"""A login that leaked is worth nothing after a month."""

import re

from policies.base import Policy, Resource

LONGEST_DAYS = 30
_RATE = re.compile(r"rate\((\d+) (hour|day)s?\)")


class SecretRotatesWithinThirtyDays(Policy):
    """Ensure that secrets rotate at least every 30 days."""

    number = 5
    resources = ("aws_secretsmanager_secret_rotation",)
    keys = ("rotation_rules",)

    def is_met(self, resource: Resource) -> bool:
        """Tell whether the schedule is a number of days that is small enough."""
        days = resource.value("rotation_rules", "automatically_after_days")
        schedule = _RATE.fullmatch(str(resource.value("rotation_rules", "schedule_expression")))
        if schedule:
            days = int(schedule[1]) / (24 if schedule[2] == "hour" else 1)
        return isinstance(days, int | float) and 0 < days <= LONGEST_DAYS


check = SecretRotatesWithinThirtyDays()
