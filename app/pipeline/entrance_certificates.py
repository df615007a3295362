"""The certificates that ACM has for the name that clients pay to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

ISSUED = "ISSUED"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntranceCertificate:
    """One certificate: its status in ACM's words, and its end, which only an issued one has.

    `waits_for` are the records that prove the name: `<name> <type> <value>`.
    """

    status: str
    ends: datetime | None
    waits_for: tuple[str, ...]

    @property
    def is_issued(self) -> bool:
        """Whether a client can be shown it."""
        return self.status == ISSUED


def entrance_certificates(acm: Any, *, name: str) -> tuple[EntranceCertificate, ...]:  # noqa: ANN401  # boto3's own
    """Return those whose first name is `name`; none while none was requested."""
    return tuple(
        _certificate(acm.describe_certificate(CertificateArn=one["CertificateArn"])["Certificate"])
        for page in acm.get_paginator("list_certificates").paginate()
        for one in page["CertificateSummaryList"]
        if one["DomainName"] == name
    )


def _certificate(found: dict[str, Any]) -> EntranceCertificate:
    return EntranceCertificate(
        status=found["Status"],
        ends=found.get("NotAfter"),
        waits_for=tuple(
            f"{record['Name']} {record['Type']} {record['Value']}"
            for option in found.get("DomainValidationOptions", [])
            if (record := option.get("ResourceRecord"))
        ),
    )
