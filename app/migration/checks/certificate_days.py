"""The check that the databases' certificates are valid for long enough."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome
from app.migration.server_certificate import valid_until
from app.migration.sites import Site

_DAY_SECONDS = 86_400


class CertificateDays:
    """What each server presents is verified in full, as every client does, and read for its end.

    Amazon renews its own; nobody but us looks after the data centre's.
    """

    key = "certificate_days"
    unit = "days left"
    remedy = "Renew that server's certificate; sessions that are open stay open."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Compare the fewest days left with the limit, which is the least that must be left.

        A certificate that does not verify, or has expired, is inconclusive: no client gets in.
        """
        with ThreadPoolExecutor(max_workers=len(Site)) as pool:
            ends = dict(
                zip(Site, pool.map(lambda site: valid_until(context.databases[site]), Site),
                    strict=True)
            )  # fmt: skip
        site = min(ends, key=lambda one: ends[one])
        days = (ends[site] - context.now).total_seconds() / _DAY_SECONDS
        passed = days >= limit
        return CheckResult(
            check=self.key,
            outcome=Outcome.PASSED if passed else Outcome.FAILED,
            figure=round(days, 2),
            limit=limit,
            unit=self.unit,
            message=f"the certificate of {site} ends on {ends[site]:%Y-%m-%d}",
            remedy="" if passed else self.remedy,
        )


CHECK: Check = CertificateDays()
