"""Certificates of endpoints, which moto has none of."""

from __future__ import annotations

import json

from moto.dms.exceptions import InvalidResourceStateFault, ResourceNotFoundFault
from moto.dms.responses import DatabaseMigrationServiceResponse as Dms

from app.local.cloud.dms.request import Record, arn, asked, tag
from app.local.cloud.replacing import add


def adapt() -> None:
    """Adapt moto's DMS."""
    held: dict[str, Record] = {}

    def import_certificate(self: Dms) -> str:
        parameters = asked(self)
        name = arn(self, "cert", parameters["CertificateIdentifier"])
        held[name] = {
            "CertificateArn": name,
            "CertificateIdentifier": parameters["CertificateIdentifier"],
            "CertificatePem": parameters["CertificatePem"],
        }
        tag(self, name, parameters)
        return json.dumps({"Certificate": held[name]})

    def describe_certificates(self: Dms) -> str:
        filters = {one["Name"]: one["Values"] for one in asked(self).get("Filters", [])}
        names = filters.get("certificate-id")
        found = [
            one for one in held.values() if names is None or one["CertificateIdentifier"] in names
        ]
        if not found:
            message = "Certificate not found"
            raise ResourceNotFoundFault(message)
        return json.dumps({"Certificates": found})

    def delete_certificate(self: Dms) -> str:
        name = asked(self)["CertificateArn"]
        if any(name == one.certificate_arn for one in self.dms_backend.endpoints.values()):
            message = f"Certificate {name} is in use by an endpoint"
            raise InvalidResourceStateFault(message)
        return json.dumps({"Certificate": held.pop(name)})

    for function in (import_certificate, describe_certificates, delete_certificate):
        add(Dms, function.__name__, function)
