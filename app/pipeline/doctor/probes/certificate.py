"""ACM has issued the certificate of the name that clients pay to."""

from __future__ import annotations

from collections.abc import Iterator

from app.pipeline.doctor.context import DoctorContext
from app.pipeline.probing.base import Line, Probe, judged, unknown


class Certificate:
    """Requested by the foundation and validated by DNS, so it waits for the delegation."""

    title = "certificate"
    remedy = "Ask for acm:ListCertificates and acm:DescribeCertificate."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Tell how the certificate stands, and which record it waits for."""
        acm, name = context.client("acm"), context.environment.dns.name
        pages = acm.get_paginator("list_certificates").paginate()
        found = [
            acm.describe_certificate(CertificateArn=one["CertificateArn"])["Certificate"]
            for page in pages
            for one in page["CertificateSummaryList"]
            if one["DomainName"] == name
        ]
        if not found:
            message = "none was requested yet"
            remedy = "the foundation requests it: payshift deliver --foundation"
            yield unknown(subject=name, message=message, remedy=remedy)
        for one in found:
            records = [
                f"{record['Name']} {record['Type']} {record['Value']}"
                for option in one.get("DomainValidationOptions", [])
                if (record := option.get("ResourceRecord"))
            ]
            yield judged(
                passed=one["Status"] == "ISSUED",
                subject=name,
                message=f"is {one['Status']}",
                remedy=f"see that DNS tells {', '.join(records) or 'its validation record'}",
            )


PROBE: Probe[DoctorContext] = Certificate()
