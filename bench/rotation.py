"""Logins rotated and certificates changed under 100 payments a second: what clients notice."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from collections import Counter
from pathlib import Path

from app.local.rehearsal.analysis.recording import Recording
from app.local.rehearsal.drain import wait_for_drain
from app.local.rehearsal.load.config import LoadConfig, Mix, Stale
from app.local.rehearsal.load.figures import percentile
from app.local.rehearsal.load_process import LoadProcess
from app.local.rehearsal.proof.verdict import Proof, prove
from app.local.rehearsal.records import Request
from bench.figures import Figure
from bench.rotation_changes import Changes
from bench.rotation_world import API_NAME, RotationWorld, rotation_world

PAYMENTS_A_SECOND = 100
SECONDS = float(os.environ.get("ROTATION_SECONDS", "60"))
_SHOWN_FAILURES = 5


def measure() -> tuple[Figure, ...]:
    """Pay for `ROTATION_SECONDS` (60) by HTTPS and the real handlers, over 25 changes and a move.

    Every change ends the sessions of the payment API at its site, so that each of four sandboxes
    logs in anew 25 times. What clients were told is compared with both databases at the end. A
    machine that is busy with other things lets the queue before the sandboxes overflow: that is a
    failed request, too, so measure on a quiet one.
    """
    with tempfile.TemporaryDirectory() as directory, rotation_world(Path(directory)) as world:
        changes = Changes(world)
        run = f"bench-{secrets.token_hex(4)}"
        load = LoadProcess(load_of(world, Path(directory) / "recording", run=run))
        refused = changes.refused_logins()
        load.start()
        try:
            changes.make(seconds=SECONDS, check=load.check)
        finally:
            load.stop()
        recording = Recording.load(load.config.output)
        wait_for_drain(world.engines())
        proof = prove(
            world.engines(),
            acknowledgements=recording.acknowledgements,
            failed_keys=frozenset(one.key for one in recording.requests if one.error),
            run=load.config.run,
        )
        return (
            *_figures(recording.requests),
            *_proven(proof),
            _figure("rotation_logins_refused", "logins", changes.refused_logins() - refused),
        )


def load_of(world: RotationWorld, output: Path, *, run: str) -> LoadConfig:
    """Payments alone, sent when they are due whatever became of those before them."""
    return LoadConfig(
        api_name=API_NAME,
        api_port=world.edge_port,
        dns_host="127.0.0.1",
        dns_port=1,
        ca_file=world.trust,
        output=output,
        run=run,
        mix=Mix(payments=PAYMENTS_A_SECOND, reads=0, repeats=0, refunds=0),
        # There is one address and nothing to ask the DNS for.
        stale=Stale(share=1, host="127.0.0.1", port=world.edge_port),
    )


def _figures(requests: tuple[Request, ...]) -> tuple[Figure, ...]:
    failed = [one for one in requests if one.error]
    for one in failed[:_SHOWN_FAILURES]:
        print(f"failed: {one.error}", file=sys.stderr)
    begun = min(one.at for one in requests)
    a_second = Counter(int(one.ended - begun) for one in requests if not one.error)
    whole = range(int(max(one.at for one in requests) - begun))
    latencies = sorted(1e3 * one.latency for one in requests)
    return (
        _figure("rotation_failed_requests", "requests", len(failed)),
        _figure("rotation_achieved_rate", "1/s", *(a_second[second] for second in whole)),
        _figure("rotation_latency_p95", "ms", percentile(latencies, 0.95)),
        _figure("rotation_slowest_request", "ms", latencies[-1]),
    )


def _proven(proof: Proof) -> tuple[Figure, ...]:
    lost, doubled = proof.lost | proof.mismatched, proof.duplicated | proof.unexplained
    if not (proof.identical and proof.ledgers_sum_to_zero):
        message = "the two databases differ, or a ledger does not sum to zero"
        raise RuntimeError(message)
    return (
        _figure("rotation_payments_lost", "payments", len(lost)),
        _figure("rotation_payments_doubled", "payments", len(doubled)),
    )


def _figure(name: str, unit: str, *samples: float) -> Figure:
    return Figure(name=name, unit=unit, samples=tuple(float(sample) for sample in samples))
