"""Keeps what a rehearsal measured in the repository, for the runbook and for comparison."""

from __future__ import annotations

from datetime import UTC, datetime

from app.config.measured import MeasuredMove, MeasuredRehearsal, MeasuredRollback
from app.local.rehearsal.summary import Summary


def measured(summary: Summary, *, rows: int) -> MeasuredRehearsal:
    """Return the record of a rehearsal that began with so many payments."""
    machine = summary.machine
    return MeasuredRehearsal(
        date=f"{datetime.fromtimestamp(summary.started_at, tz=UTC):%Y-%m-%d}",
        machine=f"{machine.get('processor', 'processor')}, {machine.get('cores', '?')} cores",
        rows=rows,
        requests=summary.requests.total,
        failed_requests=summary.requests.failed,
        payments=summary.payments.acknowledged,
        lost=summary.payments.lost,
        duplicated=summary.payments.duplicated,
        pauses_ms=tuple(round(one.pause_ms, 1) for one in summary.handovers),
        rollbacks=tuple(
            MeasuredRollback(left=one.from_, reached=one.to, seconds=round(one.seconds, 1))
            for one in summary.rollbacks
        ),
        moves=tuple(
            MeasuredMove(phase=one.phase, kind=one.kind, seconds=round(one.apply_seconds, 1))
            for one in summary.phases
        ),
        p95_ms=None if summary.latency is None else round(summary.latency.p95, 1),
        total_seconds=round(summary.durations.get("total", 0.0), 1),
    )
