"""The rules of the firewall: what is refused before it costs an invocation."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.wafv2_web_acl import (
    Wafv2WebAclRule,
    Wafv2WebAclRuleAction,
    Wafv2WebAclRuleActionBlock,
    Wafv2WebAclRuleOverrideAction,
    Wafv2WebAclRuleOverrideActionNone,
    Wafv2WebAclRuleVisibilityConfig,
)

from app.config.entrance import Entrance

# The bindings do not look into statements: they must be in the provider's spelling, in which
# another one would be dropped without a word.
Statement = dict[str, object]

# Groups of rules that AWS keeps up to date, in the order in which they look at a request.
MANAGED_RULES = ("AnonymousIpList", "KnownBadInputsRuleSet", "SQLiRuleSet", "CommonRuleSet")
# What the legacy site serves without harm stays served and is labelled in the log: merchants'
# servers stand in data centres, leave through proxies, and may send no User-Agent.
COUNTED_ONLY = {
    "AnonymousIpList": ("AnonymousIPList", "HostingProviderIPList"),
    "CommonRuleSet": ("NoUserAgent_HEADER",),
}
WINDOW_SECONDS = 60


def rules(entrance: Entrance) -> list[Wafv2WebAclRule]:
    """Return the rules, cheapest first: who asks too often is not looked into."""
    own = {
        "requests-per-minute": _too_many(entrance.requests_per_minute),
        "oversize-body": _too_large(entrance.largest_body_bytes),
    }
    blocking = [
        _blocking(name, statement, priority=number)
        for number, (name, statement) in enumerate(own.items())
    ]
    managed = [_managed(name, priority=len(own) + n) for n, name in enumerate(MANAGED_RULES)]
    return [*blocking, *managed]


def _blocking(name: str, statement: Statement, *, priority: int) -> Wafv2WebAclRule:
    return Wafv2WebAclRule(
        name=name,
        priority=priority,
        action=Wafv2WebAclRuleAction(block=Wafv2WebAclRuleActionBlock()),
        statement=statement,
        visibility_config=_visibility(name),
    )


def _managed(name: str, *, priority: int) -> Wafv2WebAclRule:
    """Let a group of AWS's do what its rules say, except the ones that only count."""
    counted = [
        {"name": rule, "action_to_use": {"count": {}}} for rule in COUNTED_ONLY.get(name, ())
    ]
    group: Statement = {"name": f"AWSManagedRules{name}", "vendor_name": "AWS"}
    if counted:
        group["rule_action_override"] = counted
    return Wafv2WebAclRule(
        name=name,
        priority=priority,
        override_action=Wafv2WebAclRuleOverrideAction(none=Wafv2WebAclRuleOverrideActionNone()),
        statement={"managed_rule_group_statement": group},
        visibility_config=_visibility(name),
    )


def _too_many(limit: int) -> Statement:
    return {
        "rate_based_statement": {
            "aggregate_key_type": "IP",
            "evaluation_window_sec": WINDOW_SECONDS,
            "limit": limit,
        }
    }


def _too_large(limit_bytes: int) -> Statement:
    """Match bodies above the limit, and those of which WAF sees only the beginning."""
    return {
        "size_constraint_statement": {
            "comparison_operator": "GT",
            "field_to_match": {"body": {"oversize_handling": "MATCH"}},
            "size": limit_bytes,
            "text_transformation": [{"priority": 0, "type": "NONE"}],
        }
    }


def _visibility(name: str) -> Wafv2WebAclRuleVisibilityConfig:
    return Wafv2WebAclRuleVisibilityConfig(
        cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )
