"""Where alarms, events and the budget are told: an encrypted topic that only they write to."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from app.components.encrypted_topic import EncryptedTopic
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


class AlarmTopic(EncryptedTopic):
    """Wakes people: nothing is told here that needs nobody."""

    def __init__(
        self, scope: Construct, id_: str, *, names: Names, subscribers: Sequence[Subscriber]
    ) -> None:
        super().__init__(
            scope,
            id_,
            names=names,
            arn=names.alarm_topic_arn,
            description="Notifications of alarms, events and the budget",
            publishers=PUBLISHERS,
            subscribers=subscribers,
        )
