"""Clients forget an answer of ours within a minute, so that going back is quick."""

from policies.base import Policy, Resource

LONGEST_SECONDS = 60


class RecordIsForgottenWithinAMinute(Policy):
    """Ensure that DNS records have a TTL of at most 60 seconds."""

    number = 9
    resources = ("aws_route53_record",)
    keys = ("ttl",)

    def is_met(self, resource: Resource) -> bool | None:
        """Tell whether the TTL is small; an alias has that of its target."""
        if resource.blocks("alias"):
            return None
        ttl = resource.value("ttl")
        return isinstance(ttl, int) and 0 < ttl <= LONGEST_SECONDS


check = RecordIsForgottenWithinAMinute()
