"""Amazon SNS and Amazon SQS: notifications and dead letters."""

from __future__ import annotations

from app.pipeline.cost.line import Context
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource

free("a policy only permits", "aws_sns_topic_policy", "aws_sqs_queue_policy")
free("a setting of a queue", "aws_sqs_queue_redrive_policy", "aws_sqs_queue_redrive_allow_policy")


@priced("aws_sns_topic", service="SNS")
def topic(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge what is published."""
    published = context.shared(resource, context.usage.notifications_per_month)
    how = "notifications_per_month, shared by all topics"
    bill.add("notifications", published / 1e6, "sns_requests_million", how=how)


@priced("aws_sns_topic_subscription", service="SNS")
def subscription(_resource: Resource, context: Context, bill: Bill) -> None:
    """Charge every notification as an e-mail, the dearest of what an operator subscribes."""
    sent = context.usage.notifications_per_month
    how = "notifications_per_month to each subscriber, as e-mail"
    bill.add("deliveries", sent / 100_000, "sns_emails_hundred_thousand", how=how)


@priced("aws_sqs_queue", service="SQS")
def queue(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge this queue's share of the requests."""
    requests = context.shared(resource, context.usage.queue_requests_per_month)
    how = "queue_requests_per_month, shared by all queues"
    bill.add("requests", requests / 1e6, "sqs_requests_million", how=how)
