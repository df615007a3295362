"""Auditors find a year of logs, which nobody without the key can read."""

from policies.base import Policy, Resource

SHORTEST_DAYS = 365


class LogsAreKeptAndEncrypted(Policy):
    """Ensure that log groups keep logs for a year and encrypt them with a customer key."""

    number = 13
    resources = ("aws_cloudwatch_log_group",)
    keys = ("retention_in_days", "kms_key_id")

    def is_met(self, resource: Resource) -> bool:
        """Tell whether retention is set and long enough, and a key is named."""
        days = resource.value("retention_in_days")
        kept = isinstance(days, int) and days >= SHORTEST_DAYS
        return kept and bool(resource.value("kms_key_id"))


check = LogsAreKeptAndEncrypted()
