"""Where alarms, events and the budget are told: an encrypted topic that only they write to."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

from app.components.customer_key import CustomerKey, account_user
from app.components.policy_document import Statement, policy_document
from app.config.names import Names
from app.config.observability import Subscriber

# AWS services that publish, by the name of their statement.
PUBLISHERS = {
    "Alarms": "cloudwatch.amazonaws.com",
    "Budgets": "budgets.amazonaws.com",
    "DatabaseEvents": "events.rds.amazonaws.com",
    "Events": "events.amazonaws.com",
    "ReplicationEvents": "dms.amazonaws.com",
}


class AlarmTopic(Construct):
    """Offers `arn`; what is made with it must come after `policy`, or its first word is lost."""

    def __init__(
        self, scope: Construct, id_: str, *, names: Names, subscribers: Sequence[Subscriber]
    ) -> None:
        super().__init__(scope, id_)
        key = CustomerKey(
            self,
            "key",
            names=names,
            purpose="alarms",
            description="Notifications of alarms, events and the budget",
            users=[
                account_user(names, sid=sid, service=service) for sid, service in PUBLISHERS.items()
            ],
        )
        name = names.alarm_topic_arn.rpartition(":")[2]
        topic = SnsTopic(self, "topic", name=name, kms_master_key_id=key.arn)
        self.arn: str = topic.arn
        self.policy = SnsTopicPolicy(
            self,
            "policy",
            arn=topic.arn,
            policy=policy_document(
                *(_publish(names, sid=sid, service=one) for sid, one in PUBLISHERS.items()),
                _refuse_plain_text(names),
            ),
        )
        for number, subscriber in enumerate(subscribers):
            SnsTopicSubscription(
                self,
                f"subscriber-{_letters(number)}",
                topic_arn=topic.arn,
                protocol=subscriber.protocol,
                endpoint=subscriber.endpoint,
            )


def _publish(names: Names, *, sid: str, service: str) -> Statement:
    return Statement(
        sid=sid,
        principal={"Service": service},
        actions=("sns:Publish",),
        resources=(names.alarm_topic_arn,),
        condition={"StringEquals": {"aws:SourceAccount": names.account_id}},
    )


def _refuse_plain_text(names: Names) -> Statement:
    return Statement(
        sid="RefusePlainText",
        effect="Deny",
        principal={"AWS": "*"},
        actions=("sns:Publish",),
        resources=(names.alarm_topic_arn,),
        condition={"Bool": {"aws:SecureTransport": "false"}},
    )


def _letters(number: int) -> str:
    """Name the n-th subscriber `a`, `b`, …: names of resources hold no digits."""
    return chr(ord("a") + number)
