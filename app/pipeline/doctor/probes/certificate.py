"""ACM has issued the certificate of the name that clients pay to."""

from __future__ import annotations

from collections.abc import Iterator

from app.pipeline.doctor.context import DoctorContext
from app.pipeline.entrance_certificates import entrance_certificates
from app.pipeline.probing.base import Line, Probe, judged, unknown


class Certificate:
    """Requested by the foundation and validated by DNS, so it waits for the delegation."""

    title = "certificate"
    remedy = "Ask for acm:ListCertificates and acm:DescribeCertificate."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Tell how the certificate stands, and which record it waits for."""
        name = context.environment.dns.name
        found = entrance_certificates(context.client("acm"), name=name)
        if not found:
            message = "none was requested yet"
            remedy = "the foundation requests it: payshift deliver --foundation"
            yield unknown(subject=name, message=message, remedy=remedy)
        for one in found:
            records = ", ".join(one.waits_for) or "its validation record"
            yield judged(
                passed=one.is_issued,
                subject=name,
                message=f"is {one.status}",
                remedy=f"see that DNS tells {records}",
            )


PROBE: Probe[DoctorContext] = Certificate()
