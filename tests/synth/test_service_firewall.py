"""The workspace `service`: what the firewall refuses, and what it writes down."""

from __future__ import annotations

from tests.synth.workspaces import Json, Workspace

GROUP = "aws-waf-logs-payshift-production"


def rules(service: Workspace) -> dict[str, Json]:
    found = service.resource("aws_wafv2_web_acl.firewall_acl")["rule"]
    return {rule["name"]: rule for rule in found}


def managed(service: Workspace) -> dict[str, Json]:
    """The rules that are groups of AWS's, by the group's name."""
    groups = {}
    for rule in rules(service).values():
        group = rule["statement"].get("managed_rule_group_statement")
        if group is not None:
            groups[group["name"]] = {**rule, "group": group}
    return groups


def test_the_firewall_stands_before_the_load_balancer(service: Workspace) -> None:
    association = service.resource("aws_wafv2_web_acl_association.firewall_entrance")
    assert association["resource_arn"] == "${aws_lb.entrance_balancer_balancer.arn}"
    assert association["web_acl_arn"] == "${aws_wafv2_web_acl.firewall_acl.arn}"
    assert service.resource("aws_wafv2_web_acl.firewall_acl")["scope"] == "REGIONAL"


def test_an_address_may_send_a_thousand_requests_a_minute(service: Workspace) -> None:
    rule = rules(service)["requests-per-minute"]
    assert rule["action"] == {"block": {}}
    assert rule["statement"] == {
        "rate_based_statement": {
            "aggregate_key_type": "IP",
            "evaluation_window_sec": 60,
            "limit": 1000,
        }
    }


def test_bodies_that_the_firewall_cannot_read_to_the_end_are_refused(service: Workspace) -> None:
    rule = rules(service)["oversize-body"]
    assert rule["action"] == {"block": {}}
    assert rule["statement"] == {
        "size_constraint_statement": {
            "comparison_operator": "GT",
            "field_to_match": {"body": {"oversize_handling": "MATCH"}},
            "size": 8192,
            "text_transformation": [{"priority": 0, "type": "NONE"}],
        }
    }


def test_sql_injection_is_refused(service: Workspace) -> None:
    rule = managed(service)["AWSManagedRulesSQLiRuleSet"]
    assert rule["override_action"] == {"none": {}}
    assert rule["group"] == {"name": "AWSManagedRulesSQLiRuleSet", "vendor_name": "AWS"}


def test_inputs_that_are_known_to_be_attacks_are_refused(service: Workspace) -> None:
    rule = managed(service)["AWSManagedRulesKnownBadInputsRuleSet"]
    assert rule["override_action"] == {"none": {}}
    assert "rule_action_override" not in rule["group"]


def test_common_attacks_are_refused_but_not_a_client_without_a_user_agent(
    service: Workspace,
) -> None:
    rule = managed(service)["AWSManagedRulesCommonRuleSet"]
    assert rule["override_action"] == {"none": {}}
    assert rule["group"]["rule_action_override"] == [
        {"name": "NoUserAgent_HEADER", "action_to_use": {"count": {}}}
    ]


def test_anonymous_addresses_are_counted_and_served(service: Workspace) -> None:
    group = managed(service)["AWSManagedRulesAnonymousIpList"]["group"]
    assert {one["name"]: one["action_to_use"] for one in group["rule_action_override"]} == {
        "AnonymousIPList": {"count": {}},
        "HostingProviderIPList": {"count": {}},
    }


def test_what_is_cheap_to_refuse_is_refused_first(service: Workspace) -> None:
    order = sorted(rules(service).values(), key=lambda rule: rule["priority"])
    assert [rule["name"] for rule in order] == [
        "requests-per-minute",
        "oversize-body",
        "AnonymousIpList",
        "KnownBadInputsRuleSet",
        "SQLiRuleSet",
        "CommonRuleSet",
    ]
    assert [rule["priority"] for rule in order] == list(range(6))


def test_statements_are_in_the_providers_spelling(service: Workspace) -> None:
    # The bindings pass statements on unread; a key in another spelling would be dropped.
    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value).union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    found = keys([rule["statement"] for rule in rules(service).values()])
    assert [key for key in found if key != key.lower()] == []


def test_decisions_are_logged_without_what_identifies_a_client(service: Workspace) -> None:
    logging = service.resource("aws_wafv2_web_acl_logging_configuration.firewall_logging")
    assert logging["resource_arn"] == "${aws_wafv2_web_acl.firewall_acl.arn}"
    assert logging["log_destination_configs"] == ["${aws_cloudwatch_log_group.firewall_log.arn}"]
    assert service.resource("aws_cloudwatch_log_group.firewall_log")["name"] == GROUP
    assert [field["single_header"]["name"] for field in logging["redacted_fields"]] == [
        "authorization",
        "cookie",
        "idempotency-key",
    ]


def test_only_the_log_delivery_of_this_account_writes_the_firewalls_log(
    service: Workspace,
) -> None:
    statements = service.statements(
        "aws_cloudwatch_log_resource_policy.firewall_log_policy", "policy_document"
    )
    assert statements["DeliverFirewallLog"] == {
        "Sid": "DeliverFirewallLog",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [f"arn:aws:logs:us-east-2:123456789012:log-group:{GROUP}:log-stream:*"],
        "Condition": {
            "ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-2:123456789012:*"},
            "StringEquals": {"aws:SourceAccount": "123456789012"},
        },
    }
