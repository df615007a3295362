"""AWS WAF: the access control list, its rules, the requests it looks at and logs."""

from __future__ import annotations

from app.pipeline.cost.line import Context
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource

SERVICE = "WAF"

free("an association only joins", "aws_wafv2_web_acl_association")
free("sets are parts of rules, which are billed", "aws_wafv2_ip_set", "aws_wafv2_regex_pattern_set")


@priced("aws_wafv2_web_acl", service=SERVICE)
def web_acl(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge list, rules (a managed group of AWS is one rule) and requests."""
    rules = len(resource.blocks("rule"))
    requests = context.shared(resource, context.requests)
    bill.add("access control list", 1, "waf_acl", how="one")
    bill.add("rules", rules, "waf_rule", how=f"{rules} rules and managed groups")
    bill.add("requests", requests / 1e6, "waf_requests_million", how="all requests to the API")


@priced("aws_wafv2_web_acl_logging_configuration", service="CloudWatch Logs")
def logging(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the delivery of the log of requests."""
    volume = context.shared(resource, context.waf_log_gigabytes)
    bill.add("firewall log", volume, "log_ingestion_gigabyte", how="requests * waf_log_kilobytes")
