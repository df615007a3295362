"""A rehearsal that never happened: a story with known figures, for the analysis and the report."""

from __future__ import annotations

import random
from collections.abc import Iterator

from app.config.loading import load_phases
from app.config.phases import Phase
from app.local.rehearsal.analysis.handovers import HandoverFacts
from app.local.rehearsal.analysis.recording import Recording
from app.local.rehearsal.marks import Step
from app.local.rehearsal.product_files import ROOT
from app.local.rehearsal.records import Acknowledgement, Draw, Request
from app.local.rehearsal.samples import CloudSample, DatabaseSample, MemorySample, SiteName

BEGIN = 1_700_000_000.0
STEP_SECONDS = 40.0
WEIGHTS_AFTER = 20.0
HANDOVER_DOWN_AFTER = 12.0
HANDOVER_UP_AFTER = 25.0
DELIVERED_AFTER = 33.0
TTL = 2.0
STORY = (0, 10, 50, 100, 50, 0, 10, 50, 100)
PHASES: dict[str, Phase] = {one.name: one for one in load_phases(ROOT / "phases").phases}


class Synthetic:
    """Makes one recording. `rate` is requests a second; the load begins after the first step."""

    def __init__(self, *, rate: float = 20, clients: int = 32, seed: int = 1) -> None:
        self._rate = rate
        self._clients = clients
        self._dice = random.Random(seed)  # noqa: S311 -- dice

    def recording(self) -> Recording:
        """Return everything that would have been recorded."""
        steps = tuple(self._steps())
        draws, requests = self._traffic()
        times = [BEGIN + number / 4 for number in range(int(len(STORY) * STEP_SECONDS * 4))]
        return Recording(
            requests=tuple(requests),
            acknowledgements=tuple(
                Acknowledgement("pay", one.key, one.key, one.key, 100, "USD", one.site, one.ended)
                for one in requests
                if one.kind == "pay" and not one.error
            ),
            draws=tuple(draws),
            cloud=tuple(
                CloudSample(at=at, aws_percent=weight(at), ttl=TTL, phase=f"phase-{weight(at):g}")
                for at in times
            ),
            database=tuple(self._database(at) for at in times),
            memory=(MemorySample(at=BEGIN, bytes=3 << 30, processes=40),),
            steps=steps,
        )

    def handovers(self) -> tuple[HandoverFacts, ...]:
        """Return what the journals would say."""
        return tuple(
            HandoverFacts(
                run_id=f"run-{number}", from_site=from_, to_site=to, epoch=number + 2,
                pause_ms=14.2 + number, fence_ms=2.5, drain_ms=9.1, ended=at,
            )
            for number, (at, from_, to) in enumerate(_writer_changes())
        )  # fmt: skip

    def _steps(self) -> Iterator[Step]:
        for number, percent in enumerate(STORY):
            before = STORY[number - 1] if number else None
            kind = "start" if before is None else "merge" if percent > before else "revert"
            pushed = BEGIN + number * STEP_SECONDS
            yield Step(
                kind=kind, from_phase="" if before is None else f"phase-{before}",
                phase=f"phase-{percent}", subject=kind, commit=str(number), pushed=pushed,
                started=pushed + 0.2, ended=pushed + DELIVERED_AFTER,
            )  # fmt: skip

    def _database(self, at: float) -> DatabaseSample:
        accepting: dict[SiteName, bool] = {
            "legacy": writer(at) == "legacy",
            "aws": writer(at) == "aws",
        }
        lag = abs(self._dice.gauss(0.01, 0.02))
        return DatabaseSample(at=at, accepting=accepting, epoch=1, lag_seconds=lag, lag_bytes=0)

    def _traffic(self) -> tuple[list[Draw], list[Request]]:
        draws: list[Draw] = []
        current: dict[int, Draw] = {}
        requests: list[Request] = []
        first = BEGIN + STEP_SECONDS * 0.9
        for number in range(int((len(STORY) * STEP_SECONDS - STEP_SECONDS * 0.9) * self._rate)):
            at = first + number / self._rate
            client = self._dice.randrange(self._clients)
            draw = current.get(client)
            if draw is None or at >= draw.at + TTL:
                to_aws = self._dice.random() * 100 < weight(at)
                serial = 0 if draw is None else draw.serial + 1
                address = "127.0.0.12" if to_aws else "127.0.0.11"
                draw = current[client] = Draw(at, client, serial, address, TTL)
                draws.append(draw)
            requests.append(self._request(number, at=at, client=client, draw=draw))
        return draws, requests

    def _request(self, number: int, *, at: float, client: int, draw: Draw) -> Request:
        spent = self._dice.lognormvariate(-5.2, 0.6)
        for moment, _, _ in _writer_changes():
            if at < moment <= at + spent + 0.02:
                spent += moment - at + 0.01
        return Request(
            at=at, late=0.0005, latency=spent, kind="pay", status=201,
            site="aws" if draw.address.endswith("12") else "legacy", writer=writer(at + spent),
            client=client, draw=draw.serial, resent=0, error="", key=f"run-{number}",
        )  # fmt: skip


def weight(at: float) -> float:
    """Return the weight of AWS; changed some time after each push."""
    passed = (at - BEGIN - WEIGHTS_AFTER) / STEP_SECONDS
    return STORY[min(len(STORY) - 1, max(0, int(passed // 1)))]


def writer(at: float) -> SiteName:
    """Return who writes."""
    now: SiteName = "legacy"
    for moment, _, to in _writer_changes():
        if at >= moment:
            now = "aws" if to == "aws" else "legacy"
    return now


def _writer_changes() -> list[tuple[float, str, str]]:
    return [
        (BEGIN + 3 * STEP_SECONDS + HANDOVER_UP_AFTER, "legacy", "aws"),
        (BEGIN + 4 * STEP_SECONDS + HANDOVER_DOWN_AFTER, "aws", "legacy"),
        (BEGIN + 8 * STEP_SECONDS + HANDOVER_UP_AFTER, "legacy", "aws"),
    ]
