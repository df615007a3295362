"""What checks of both databases share: sessions at both, and how they judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from app.migration.checks.base import Check, CheckContext, CheckResult, Outcome
from app.migration.connection import connect
from app.migration.replication.base import Sessions
from app.migration.sites import Site

APPLICATION_NAME = "payshift-check"


@contextmanager
def both_sites(context: CheckContext) -> Iterator[Sessions]:
    """Open a session at each site. Raises DatabaseFailed when one cannot be reached."""
    with ExitStack() as stack:
        yield {
            site: stack.enter_context(
                connect(context.databases[site], application_name=APPLICATION_NAME)
            )
            for site in Site
        }


def judge_faults(
    check: Check, *, faults: Sequence[str], limit: float, agreed: str, forbidden: bool = False
) -> CheckResult:
    """Compare the number of faults with the limit, and name the first three when there are more.

    `forbidden` says that the gate's limit is `true`: then none may be.
    """
    most = 0.0 if forbidden else limit
    passed = len(faults) <= most
    named = "; ".join(faults[:3]) + ("; …" if len(faults) > 3 else "")  # noqa: PLR2004 - as said
    return CheckResult(
        check=check.key,
        outcome=Outcome.PASSED if passed else Outcome.FAILED,
        figure=float(len(faults)),
        limit=most,
        unit=check.unit,
        message=named or agreed,
        remedy="" if passed else check.remedy,
    )
