"""The firewall knows what SQL injection looks like, and blocks it."""

from policies.base import Json, Policy, Resource

RULES = "AWSManagedRulesSQLiRuleSet"


class FirewallRefusesSqlInjection(Policy):
    """Ensure that web ACLs block SQL injection."""

    number = 6
    resources = ("aws_wafv2_web_acl",)
    keys = ("rule",)

    def is_met(self, resource: Resource) -> bool:
        """Tell whether a rule uses AWS's rule set as it is."""
        return any(_blocks(Resource(rule, kind="rule", file="")) for rule in _rules(resource))


def _rules(resource: Resource) -> list[Json]:
    return resource.blocks("rule")


def _blocks(rule: Resource) -> bool:
    group = ("statement", "managed_rule_group_statement")
    return (
        rule.value(*group, "name") == RULES
        and not rule.blocks(*group, "rule_action_override")
        and not rule.blocks("override_action", "count")
    )


check = FirewallRefusesSqlInjection()
