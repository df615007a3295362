"""Where the steps of phases are told, apart from alarms: every step is news, few are alarms."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from app.components.encrypted_topic import EncryptedTopic
from app.config.names import Names
from app.config.observability import Subscriber


class ChangeTopic(EncryptedTopic):
    """CloudFormation tells it every event of the stacks of the phases.

    AWS does not say whether it publishes in its own name or in that of whoever applies. Both may:
    it by the topic's policy, and a role of the account by its own, with the key by way of SNS.
    """

    def __init__(
        self, scope: Construct, id_: str, *, names: Names, subscribers: Sequence[Subscriber]
    ) -> None:
        super().__init__(
            scope,
            id_,
            names=names,
            arn=names.change_topic_arn,
            description="Notifications of the steps of phases",
            publishers={"Stacks": "cloudformation.amazonaws.com"},
            subscribers=subscribers,
            through=("sns",),
        )
