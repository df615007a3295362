"""An SNS topic with a key of its own, to which only the named services publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

from app.components.customer_key import CustomerKey, KeyUser, account_user, unnamed_publisher
from app.components.policy_document import Statement, policy_document
from app.config.names import Names
from app.config.observability import Subscriber

# Names no source to a topic or to its key: under a condition on one, no event arrives.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
EVENTBRIDGE = "events.amazonaws.com"


class EncryptedTopic(Construct):
    """Offers `arn`; what is made with it must come after `policy`, or its first word is lost.

    `arn` gives the topic its name. `publishers` are services by the name of their statement;
    `through` is as of CustomerKey: the roles of the account then publish too, if their own
    policies let them.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        arn: str,
        description: str,
        publishers: Mapping[str, str],
        subscribers: Sequence[Subscriber],
        through: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id_)
        name = arn.rpartition(":")[2]
        key = CustomerKey(
            self,
            "key",
            names=names,
            purpose=name.removeprefix(f"{names.prefix}-"),
            description=description,
            users=[_user(names, sid=sid, service=service) for sid, service in publishers.items()],
            through=through,
        )
        topic = SnsTopic(self, "topic", name=name, kms_master_key_id=key.arn)
        self.arn: str = topic.arn
        self.policy = SnsTopicPolicy(
            self,
            "policy",
            arn=topic.arn,
            policy=policy_document(
                *(_publish(names, arn, sid=sid, service=one) for sid, one in publishers.items()),
                _refuse_plain_text(arn),
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


def _user(names: Names, *, sid: str, service: str) -> KeyUser:
    if service == EVENTBRIDGE:
        return unnamed_publisher(sid=sid, service=service)
    return account_user(names, sid=sid, service=service)


def _publish(names: Names, arn: str, *, sid: str, service: str) -> Statement:
    of_this_account = {"StringEquals": {"aws:SourceAccount": names.account_id}}
    return Statement(
        sid=sid,
        principal={"Service": service},
        actions=("sns:Publish",),
        resources=(arn,),
        condition=None if service == EVENTBRIDGE else of_this_account,
    )


def _refuse_plain_text(arn: str) -> Statement:
    return Statement(
        sid="RefusePlainText",
        effect="Deny",
        principal={"AWS": "*"},
        actions=("sns:Publish",),
        resources=(arn,),
        condition={"Bool": {"aws:SecureTransport": "false"}},
    )


def _letters(number: int) -> str:
    """Name the n-th subscriber `a`, `b`, …: names of resources hold no digits."""
    return chr(ord("a") + number)
