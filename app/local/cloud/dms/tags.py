"""Tags that come or go after a resource was made."""

from __future__ import annotations

from moto.dms.responses import DatabaseMigrationServiceResponse as Dms

from app.local.cloud.dms.request import asked, tag
from app.local.cloud.replacing import add


def adapt() -> None:
    """Adapt moto's DMS."""

    def add_tags_to_resource(self: Dms) -> str:
        parameters = asked(self)
        tag(self, parameters["ResourceArn"], parameters)
        return "{}"

    def remove_tags_from_resource(self: Dms) -> str:
        parameters = asked(self)
        self.dms_backend.untag_resource(parameters["ResourceArn"], parameters["TagKeys"])
        return "{}"

    for function in (add_tags_to_resource, remove_tags_from_resource):
        add(Dms, function.__name__, function)
