"""`summary.json`: what the rehearsal found, and the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.local.rehearsal.analysis.latencies import Latency

ROLLBACK_LIMIT_SECONDS = 300


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Requests(_Part):
    """Everything that clients sent."""

    total: int
    failed: int
    resent: int = 0
    stale: dict[str, int] = Field(
        default={}, description="Requests of clients with an old address, by who answered."
    )
    by_kind: dict[str, int] = {}
    errors: dict[str, int] = {}


class Payments(_Part):
    """The promises. `unexplained` were kept though nobody was told and no request failed."""

    acknowledged: int
    lost: int
    duplicated: int
    mismatched: int
    refunds_acknowledged: int = 0
    unknown_outcomes: int = 0
    unexplained: int = 0


class PhaseResult(_Part):
    """One step's phase. Shares are of requests; the judgement counts DNS draws."""

    phase: str
    observed_aws_percent: float | None
    expected_aws_percent: float
    apply_seconds: float
    kind: str = "merge"
    requests: int = 0
    draws: int = 0
    aws_draws: int = 0
    accepted_draws: tuple[int, int] = (0, 0)
    p_value: float = 1.0
    agrees: bool = True
    seconds: float = 0.0
    latency: dict[str, Latency] = {}


class HandoverResult(_Part):
    """One change of writer; `pause_ms` is the time in which no database accepted writes."""

    from_: str = Field(alias="from")
    to: str
    pause_ms: float
    fence_ms: float
    drain_ms: float
    held_requests: int
    run_id: str = ""
    epoch: int = 0
    at: float = 0.0


class RollbackResult(_Part):
    """One revert, from its push to the first moment after which the old phase was gone."""

    from_: str = Field(alias="from")
    to: str
    seconds: float
    delivery_seconds: float = 0.0


class Ledger(_Part):
    """The books of one site: sums per currency (all zero), and what does not balance."""

    sums_minor: dict[str, int] = {}
    moved_minor: dict[str, int] = {}
    entries: int = 0
    unbalanced_payments: int = 0
    disagreeing_refunds: int = 0


class Table(_Part):
    """A table at one site: rows and a fingerprint of their whole content."""

    rows: int
    fingerprint: str


class Summary(_Part):
    """The whole result. `reasons` says what went wrong; empty exactly when `verdict` is passed."""

    verdict: str
    reasons: tuple[str, ...]
    exit_code: int
    requests: Requests
    payments: Payments
    phases: tuple[PhaseResult, ...]
    handovers: tuple[HandoverResult, ...]
    rollbacks: tuple[RollbackResult, ...]
    databases_identical: bool
    ledgers_sum_to_zero: bool
    ledgers: dict[str, Ledger] = {}
    tables: dict[str, dict[str, Table]] = {}
    latency: Latency | None = None
    rate: float = 0.0
    clients: int = 0
    started_at: float = 0.0
    durations: dict[str, float] = {}
    memory: dict[str, int] = {}
    versions: dict[str, str] = {}
    machine: dict[str, Any] = {}

    @property
    def passed(self) -> bool:
        """Whether the rehearsal proved what it set out to prove."""
        return self.exit_code == 0

    def write(self, path: Path) -> None:
        """Write it as JSON, with the field names that programs rely on."""
        path.write_text(self.model_dump_json(indent=2, by_alias=True) + "\n")

    @classmethod
    def read(cls, path: Path) -> Summary:
        """Return an earlier summary."""
        return cls.model_validate_json(path.read_bytes())
