"""The verdict: which facts make a rehearsal fail, and in which words."""

from __future__ import annotations

from pathlib import Path

from app.errors import PayshiftError, Refused
from app.local.rehearsal.summary import (
    ROLLBACK_LIMIT_SECONDS,
    Payments,
    PhaseResult,
    Requests,
    RollbackResult,
    Summary,
)

_LATE_MILLISECONDS = 1_000
_MOST_ERRORS = 3


def reasons(
    *,
    requests: Requests,
    payments: Payments,
    phases: tuple[PhaseResult, ...],
    rollbacks: tuple[RollbackResult, ...],
    databases_identical: bool,
    ledgers_sum_to_zero: bool,
    error: PayshiftError | None,
) -> tuple[str, ...]:
    """Return everything that speaks against passing; empty when nothing does."""
    counted = {
        "requests failed": requests.failed,
        "acknowledged payments or refunds were lost": payments.lost,
        "acknowledged payments or refunds were duplicated": payments.duplicated,
        "acknowledged payments or refunds were mismatched": payments.mismatched,
        "payments exist that nobody was told of and no failed request explains": (
            payments.unexplained
        ),
    }
    found = [f"{number} {what}" for what, number in counted.items() if number]
    if error is not None:
        found.insert(0, str(error))
    if not payments.acknowledged:
        found.append("no payment was acknowledged")
    if not databases_identical:
        found.append("the two databases differ")
    if not ledgers_sum_to_zero:
        found.append("a ledger does not sum to zero")
    found += [
        f"rolling back from {one.from_} to {one.to} took {one.seconds:.0f} s, "
        f"the limit is {ROLLBACK_LIMIT_SECONDS} s"
        for one in rollbacks
        if one.seconds >= ROLLBACK_LIMIT_SECONDS
    ]
    found += [
        f"{one.phase} sent {one.observed_aws_percent} % of the requests to AWS instead of "
        f"{one.expected_aws_percent:g} % ({one.aws_draws} of {one.draws} DNS answers)"
        for one in phases
        if not one.agrees
    ]
    return tuple(found)


def exit_code(found: tuple[str, ...], *, error: PayshiftError | None) -> int:
    """Return 0 when nothing speaks against it, else the error's own code, else 1."""
    if not found:
        return 0
    return Refused.exit_code if error is None else error.exit_code


def hints(summary: Summary) -> tuple[str, ...]:
    """Return what helps to find the cause of a failure; empty when there was none."""
    if summary.passed:
        return ()
    errors = list(summary.requests.errors.items())[:_MOST_ERRORS]
    found = [f"{number} requests failed with: {error}" for error, number in errors]
    late = 0.0 if summary.latency is None else summary.latency.late_p99
    if late > _LATE_MILLISECONDS:
        found.append(
            f"clients sent up to {late / 1_000:.0f} s late (p99): this machine was too busy, so "
            "failures and latencies may say nothing about payshift; rehearse again with nothing "
            "beside it, or with a lower --rate"
        )
    return tuple(found)


def verdict(summary: Summary, *, report: Path) -> tuple[str, ...]:
    """Return the lines that a rehearsal ends with on a terminal."""
    requests, payments = summary.requests, summary.payments
    first = (
        f"rehearsal {summary.verdict}: {payments.acknowledged:,} payments acknowledged, "
        f"{payments.lost} lost, {payments.duplicated} doubled; "
        f"{requests.failed:,} of {requests.total:,} requests failed"
    )
    why = (f"  {line}" for line in (*summary.reasons, *hints(summary)))
    return first, *why, f"report: {report}"
