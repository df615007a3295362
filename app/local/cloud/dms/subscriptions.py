"""Event subscriptions, which moto has none of."""

from __future__ import annotations

import json

from moto.dms.exceptions import ResourceNotFoundFault
from moto.dms.responses import DatabaseMigrationServiceResponse as Dms

from app.local.cloud.dms.request import Record, arn, asked, tag
from app.local.cloud.replacing import add


def adapt() -> None:
    """Adapt moto's DMS."""
    held: dict[str, Record] = {}

    def create_event_subscription(self: Dms) -> str:
        parameters = asked(self)
        name = parameters["SubscriptionName"]
        held[name] = {
            "CustSubscriptionId": name,
            "SnsTopicArn": parameters["SnsTopicArn"],
            "SourceType": parameters["SourceType"],
            "SourceIdsList": parameters.get("SourceIds", []),
            "EventCategoriesList": parameters["EventCategories"],
            "Enabled": parameters.get("Enabled", True),
            "Status": "active",
        }
        tag(self, arn(self, "es", name), parameters)
        return json.dumps({"EventSubscription": held[name]})

    def describe_event_subscriptions(self: Dms) -> str:
        name = asked(self).get("SubscriptionName")
        if name is not None and name not in held:
            message = f"Event subscription not found: {name}"
            raise ResourceNotFoundFault(message)
        found = [one for key, one in held.items() if name in (None, key)]
        return json.dumps({"EventSubscriptionsList": found})

    def modify_event_subscription(self: Dms) -> str:
        parameters = asked(self)
        changes = {
            "SnsTopicArn": "SnsTopicArn",
            "SourceType": "SourceType",
            "EventCategories": "EventCategoriesList",
            "Enabled": "Enabled",
        }
        record = held[parameters["SubscriptionName"]]
        record |= {there: parameters[here] for here, there in changes.items() if here in parameters}
        return json.dumps({"EventSubscription": record})

    def delete_event_subscription(self: Dms) -> str:
        return json.dumps({"EventSubscription": held.pop(asked(self)["SubscriptionName"])})

    for function in (
        create_event_subscription,
        describe_event_subscriptions,
        modify_event_subscription,
        delete_event_subscription,
    ):
        add(Dms, function.__name__, function)
