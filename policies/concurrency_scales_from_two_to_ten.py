"""The payment API always has two warm environments, and at most ten."""

from policies.base import Policy, Resource

LEAST, MOST = 2, 10


class ConcurrencyScalesFromTwoToTen(Policy):
    """Ensure that provisioned concurrency scales between 2 and 10."""

    number = 17
    resources = ("aws_appautoscaling_target",)
    keys = ("min_capacity", "max_capacity")

    def is_met(self, resource: Resource) -> bool | None:
        """Tell whether both bounds of a function's concurrency are those of the design."""
        if resource.value("service_namespace") != "lambda":
            return None
        least, most = resource.value("min_capacity"), resource.value("max_capacity")
        return isinstance(least, int) and isinstance(most, int) and LEAST <= least <= most <= MOST


check = ConcurrencyScalesFromTwoToTen()
