"""Tells topics of the events of a stack, those of its custom resources too."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Event, Stack
from moto.sns.models import sns_backends

_request = threading.local()


def remember_topics(topics: Sequence[str] | None) -> None:
    """Keep the NotificationARNs of the request that this thread serves; None when it has none."""
    _request.topics = topics


def check_topics(account_id: str, region: str) -> None:
    """Refuse a request that names a topic which does not exist. Raises ValidationError."""
    topics = sns_backends[account_id][region].topics
    for topic in getattr(_request, "topics", None) or ():
        if topic not in topics:
            raise ValidationError(topic, message=f"Notification topic {topic} does not exist")


def take_topics(stack: Stack) -> None:
    """Give a stack the topics of the request that this thread serves, where it names any."""
    topics = getattr(_request, "topics", None)
    if topics is not None:
        stack.notification_arns = list(topics)


def tell(stack: Stack, event: Event) -> None:
    """Publish an event; a topic that is gone meanwhile does not hold the stack up."""
    known = sns_backends[stack.account_id][stack.region_name].topics
    there = [topic for topic in stack.notification_arns if topic in known]
    event.sendToSns(stack.account_id, stack.region_name, there)
