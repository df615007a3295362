"""One address cannot take the payment API from everybody else."""

from policies.base import Policy, Resource

MOST_A_MINUTE = 1000
WINDOW_SECONDS = 300  # the provider's default


class FirewallLimitsRequests(Policy):
    """Ensure that web ACLs block an address above 1,000 requests a minute."""

    number = 7
    resources = ("aws_wafv2_web_acl",)
    keys = ("rule",)

    def is_met(self, resource: Resource) -> bool:
        """Tell whether a rule for all requests blocks at or below the limit."""
        rules = (Resource(rule, kind="rule", file="") for rule in resource.blocks("rule"))
        return any(_limits(rule) for rule in rules)


def _limits(rule: Resource) -> bool:
    rate = ("statement", "rate_based_statement")
    limit = rule.value(*rate, "limit")
    window = rule.value(*rate, "evaluation_window_sec") or WINDOW_SECONDS
    return (
        isinstance(limit, int)
        and limit * 60 <= MOST_A_MINUTE * window
        and rule.value(*rate, "aggregate_key_type") in {None, "IP"}
        and not rule.blocks(*rate, "scope_down_statement")
        and bool(rule.blocks("action", "block") or _empty_block(rule))
    )


def _empty_block(rule: Resource) -> bool:
    """Tell whether the action is `block = {}`, which has no keys to find."""
    action = rule.value("action")
    return isinstance(action, dict) and "block" in action


check = FirewallLimitsRequests()
