"""What EventBridge may do with a topic or its key is bound to no source: it names none."""

from policies.base import Json, Policy, Resource, statements

EVENTBRIDGE = "events.amazonaws.com"
SOURCE = "aws:source"


class EventReachesItsTopic(Policy):
    """Ensure that no policy asks EventBridge for a source, which it does not tell a topic."""

    number = 20
    resources = ("aws_kms_key", "aws_sns_topic_policy")
    keys = ("policy",)

    def is_met(self, resource: Resource) -> bool:
        """Tell whether EventBridge's statements are without a condition on a source."""
        return not any(
            _is_eventbridge(one.get("Principal")) and _asks_for_a_source(one)
            for one in statements(resource.value("policy"))
            if one.get("Effect") == "Allow"
        )


def _is_eventbridge(principal: object) -> bool:
    if isinstance(principal, dict):
        return any(_is_eventbridge(one) for one in principal.values())
    if isinstance(principal, list):
        return any(_is_eventbridge(one) for one in principal)
    return principal == EVENTBRIDGE


def _asks_for_a_source(statement: Json) -> bool:
    conditions = statement.get("Condition") or {}
    return any(key.lower().startswith(SOURCE) for keys in conditions.values() for key in keys)


check = EventReachesItsTopic()
