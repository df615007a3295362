"""Amazon Route 53: the zone, its queries, health checks."""

from __future__ import annotations

from app.pipeline.cost.line import Context
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource

SERVICE = "Route 53"
_WITHOUT_ENDPOINT = {"CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL"}
_QUICK_SECONDS = 10

free("records are part of the zone; queries are billed there", "aws_route53_record")
free(
    "signing a zone costs nothing; the key that signs is billed as KMS's",
    "aws_route53_hosted_zone_dnssec",
    "aws_route53_key_signing_key",
)


@priced("aws_route53_zone", service=SERVICE)
def zone(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the zone and the queries it answers."""
    queries = context.shared(resource, context.usage.dns_queries_per_month)
    bill.add("hosted zone", 1, "hosted_zone", how="one")
    bill.add("queries", queries / 1e6, "dns_queries_million", how="dns_queries_per_month")


@priced("aws_route53_query_log", service=SERVICE)
def query_log(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the delivery of the log; its group keeps it."""
    volume = context.shared(resource, context.dns_log_gigabytes)
    how = "dns_queries_per_month * dns_log_kilobytes"
    bill.add("query log", volume, "log_ingestion_gigabyte", how=how)


@priced("aws_route53_health_check", service=SERVICE)
def health_check(resource: Resource, _context: Context, bill: Bill) -> None:
    """Charge an endpoint as one outside AWS, the dearer kind, with each optional feature."""
    kind = resource.text("type")
    if kind in _WITHOUT_ENDPOINT:
        bill.add("health check", 1, "health_check_aws", how=f"{kind}, without an endpoint")
        return
    features = [
        name
        for name, used in {
            "HTTPS": kind.startswith("HTTPS"),
            "string matching": kind.endswith("STR_MATCH"),
            "fast interval": resource.number("request_interval") == _QUICK_SECONDS,
            "latency": resource.flag("measure_latency"),
        }.items()
        if used
    ]
    bill.add("health check", 1, "health_check_other", how="priced as an endpoint outside AWS")
    bill.add("optional features", len(features), "health_check_feature_other",
             how=", ".join(features) or "none")  # fmt: skip
