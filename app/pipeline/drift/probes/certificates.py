"""No certificate ends within the days of notice that the environment gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from app.config.authorities import aws_authorities, read_authorities
from app.pipeline.authority_dates import ends_of
from app.pipeline.drift.context import DriftContext
from app.pipeline.entrance_certificates import entrance_certificates
from app.pipeline.probing.base import Line, Probe, judged, unknown


class Certificates:
    """The entrance's, the database servers', and the roots that are trusted."""

    title = "certificates"
    remedy = "Look at ACM, and at the certificates of the database's instances."

    def look(self, context: DriftContext) -> Iterator[Line]:
        """Tell for each how many days are left."""
        yield from self._entrance(context)
        yield from self._servers(context)
        environment = context.environment
        for file in (
            aws_authorities(environment.region),
            environment.replication.data_centre_authority,
        ):
            for name, ends in ends_of(read_authorities(file)):
                yield self._line(
                    context,
                    f"{name} in {file}",
                    ends,
                    remedy="payshift certificates --write, or the data centre's new file",
                )

    def _entrance(self, context: DriftContext) -> Iterator[Line]:
        name = context.environment.dns.name
        found = entrance_certificates(context.client("acm"), name=name)
        ends = [one.ends for one in found if one.is_issued and one.ends]
        if not ends:
            message = f"no certificate for {name} is issued"
            yield unknown(subject="entrance", message=message, remedy=self.remedy)
        for end in ends:
            remedy = "look at the validation record of the name: ACM renews 60 days before the end"
            yield self._line(context, f"entrance {name}", end, remedy=remedy)

    def _servers(self, context: DriftContext) -> Iterator[Line]:
        rds: Any = context.client("rds")
        found = rds.describe_db_instances(
            Filters=[{"Name": "db-cluster-id", "Values": [context.names.database_cluster]}]
        )["DBInstances"]
        for one in found:
            ends = one.get("CertificateDetails", {}).get("ValidTill")
            subject = f"server {one['DBInstanceIdentifier']}"
            if ends is None:
                message = "does not tell how long its certificate holds"
                yield unknown(subject=subject, message=message, remedy=self.remedy)
                continue
            remedy = "RDS renews it by itself; restart the instance in the next window"
            yield self._line(context, subject, ends, remedy=remedy)

    @staticmethod
    def _line(context: DriftContext, subject: str, ends: datetime, *, remedy: str) -> Line:
        limit = context.environment.observability.limits.certificate_days
        days = (ends.astimezone(UTC) - context.now).days
        return judged(
            passed=days >= limit,
            subject=subject,
            message=f"ends in {days} days, on {ends:%Y-%m-%d} (limit {limit})",
            remedy=remedy,
        )


PROBE: Probe[DriftContext] = Certificates()
