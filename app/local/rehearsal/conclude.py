"""From the recording and the proof to the summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.config.phases import Phase
from app.errors import PayshiftError
from app.local.rehearsal.analysis.handovers import HandoverFacts, held_requests
from app.local.rehearsal.analysis.latencies import latency
from app.local.rehearsal.analysis.periods import Period, periods
from app.local.rehearsal.analysis.recording import Recording
from app.local.rehearsal.analysis.rollbacks import rollback
from app.local.rehearsal.analysis.shares import share
from app.local.rehearsal.judgement import exit_code, reasons
from app.local.rehearsal.proof.verdict import Proof, SiteProof
from app.local.rehearsal.records import STALE
from app.local.rehearsal.summary import (
    HandoverResult,
    Ledger,
    Payments,
    PhaseResult,
    Requests,
    RollbackResult,
    Summary,
    Table,
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the summary repeats about the run."""

    rate: float
    clients: int
    started_at: float
    durations: Mapping[str, float]
    versions: Mapping[str, str]
    machine: Mapping[str, Any]


def conclude(
    recording: Recording,
    *,
    phases: dict[str, Phase],
    proof: Proof | None,
    handovers: tuple[HandoverFacts, ...],
    error: PayshiftError | None,
    circumstances: Circumstances,
) -> Summary:
    """Return the summary. Without a proof nothing counts as identical or balanced."""
    in_force = periods(recording, phases=phases)
    requests = _requests(recording)
    payments = _payments(recording, proof)
    results = tuple(_phase(recording, period) for period in in_force)
    back = tuple(
        _rollback(recording, period, phases=phases)
        for period in in_force
        if period.step.kind == "revert"
    )
    identical = proof is not None and proof.identical
    balanced = proof is not None and proof.ledgers_sum_to_zero
    found = reasons(
        requests=requests, payments=payments, phases=results, rollbacks=back,
        databases_identical=identical, ledgers_sum_to_zero=balanced, error=error,
    )  # fmt: skip
    sites = {} if proof is None else {site.value: one for site, one in proof.sites.items()}
    return Summary(
        verdict="failed" if found else "passed",
        reasons=found,
        exit_code=exit_code(found, error=error),
        requests=requests,
        payments=payments,
        phases=results,
        handovers=tuple(_handover(recording, one) for one in handovers),
        rollbacks=back,
        databases_identical=identical,
        ledgers_sum_to_zero=balanced,
        ledgers={name: _ledger(site) for name, site in sites.items()},
        tables={name: _tables(site) for name, site in sites.items()},
        latency=latency(recording.requests),
        rate=circumstances.rate,
        clients=circumstances.clients,
        started_at=circumstances.started_at,
        durations=dict(circumstances.durations),
        memory={"peak_bytes": max((one.bytes for one in recording.memory), default=0)},
        versions=dict(circumstances.versions),
        machine=dict(circumstances.machine),
    )


def _requests(recording: Recording) -> Requests:
    failed = [request for request in recording.requests if request.error]
    return Requests(
        total=len(recording.requests),
        failed=len(failed),
        resent=sum(request.resent > 0 for request in recording.requests),
        stale=dict(
            Counter(one.site for one in recording.requests if one.site and one.draw == STALE)
        ),
        by_kind=dict(Counter(request.kind for request in recording.requests)),
        errors=dict(Counter(request.error for request in failed).most_common(20)),
    )


def _payments(recording: Recording, proof: Proof | None) -> Payments:
    if proof is None:
        kinds = Counter(one.kind for one in recording.acknowledgements)
        return Payments(acknowledged=kinds["pay"], lost=0, duplicated=0, mismatched=0,
                        refunds_acknowledged=kinds["refund"])  # fmt: skip
    return Payments(
        acknowledged=proof.promised,
        lost=len(proof.lost),
        duplicated=len(proof.duplicated),
        mismatched=len(proof.mismatched),
        refunds_acknowledged=proof.refunds_promised,
        unknown_outcomes=len(proof.unknown),
        unexplained=len(proof.unexplained),
    )


def _phase(recording: Recording, period: Period) -> PhaseResult:
    found = share(recording, period)
    inside = [one for one in recording.requests if period.converged <= one.at <= period.until]
    sites = {request.site for request in inside if request.site}
    return PhaseResult(
        phase=period.step.phase,
        observed_aws_percent=found.observed_aws_percent,
        expected_aws_percent=period.phase.traffic.aws_percent,
        apply_seconds=period.step.apply_seconds,
        kind=period.step.kind,
        requests=found.requests,
        draws=found.draws,
        aws_draws=found.aws_draws,
        accepted_draws=found.accepted_draws,
        p_value=found.p_value,
        agrees=found.agrees,
        seconds=round(max(0.0, period.until - period.converged), 2),
        latency={
            site: latency(one for one in inside if one.site == site) for site in sorted(sites)
        },
    )


def _rollback(recording: Recording, period: Period, *, phases: dict[str, Phase]) -> RollbackResult:
    found = rollback(recording, period, phases=phases)
    return RollbackResult(
        from_=found.from_phase,
        to=found.to_phase,
        seconds=found.seconds,
        delivery_seconds=period.step.apply_seconds,
    )


def _handover(recording: Recording, facts: HandoverFacts) -> HandoverResult:
    return HandoverResult(
        from_=facts.from_site,
        to=facts.to_site,
        pause_ms=facts.pause_ms,
        fence_ms=facts.fence_ms,
        drain_ms=facts.drain_ms,
        held_requests=held_requests(recording, facts),
        run_id=facts.run_id,
        epoch=facts.epoch,
        at=facts.ended,
    )


def _ledger(site: SiteProof) -> Ledger:
    totals = site.ledger.totals
    return Ledger(
        sums_minor={total.currency: total.sum_minor for total in totals},
        moved_minor={total.currency: total.moved_minor for total in totals},
        entries=sum(total.entries for total in totals),
        unbalanced_payments=site.ledger.unbalanced_payments,
        disagreeing_refunds=site.ledger.disagreeing_refunds,
    )


def _tables(site: SiteProof) -> dict[str, Table]:
    return {
        name: Table(rows=one.rows, fingerprint=f"{one.hash_sum}:{one.hash_xor}")
        for name, one in site.tables.items()
    }
