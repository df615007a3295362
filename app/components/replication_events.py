"""DMS's own notifications, which say what an event of EventBridge only names."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.dms_event_subscription import DmsEventSubscription
from constructs import Construct

from app.components.replication_streams import STREAMS
from app.config.names import Names

# https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Events.html
INSTANCE_EVENTS = (
    "configuration change",
    "deletion",
    "failover",
    "failure",
    "low storage",
    "maintenance",
)
TASK_EVENTS = ("configuration change", "deletion", "failure", "state change")


def replication_events(
    scope: Construct,
    id_: str,
    *,
    names: Names,
    topic_arn: str,
    depends_on: Sequence[ITerraformDependable],
) -> None:
    """Subscribe the topic to the instance and to every task of the environment."""
    tasks = [names.replication_task(stream.name) for stream in STREAMS]
    subscriptions = (
        ("instance", "replication-instance", [names.replication_instance], INSTANCE_EVENTS),
        ("task", "replication-task", tasks, TASK_EVENTS),
    )
    for kind, source_type, source_ids, categories in subscriptions:
        DmsEventSubscription(
            scope,
            f"{id_}-{kind}",
            name=f"{names.prefix}-{kind}",
            enabled=True,
            source_type=source_type,
            source_ids=source_ids,
            event_categories=list(categories),
            sns_topic_arn=topic_arn,
            depends_on=list(depends_on),
        )
