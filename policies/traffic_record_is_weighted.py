"""The records of a phase split clients by weight, and can be taken over by the next phase."""

from policies.base import Policy, Resource


class TrafficRecordIsWeighted(Policy):
    """Ensure that the records of a phase are weighted and may be taken over."""

    number = 8
    resources = ("aws_route53_record",)
    keys = ("weighted_routing_policy", "set_identifier", "allow_overwrite")

    def is_met(self, resource: Resource) -> bool | None:
        """Tell whether a phase's record has a weight, an identifier, and overwrites."""
        if not resource.workspace.startswith("phase-"):
            return None
        return (
            isinstance(resource.value("weighted_routing_policy", "weight"), int)
            and bool(resource.value("set_identifier"))
            and resource.value("allow_overwrite") is True
        )


check = TrafficRecordIsWeighted()
