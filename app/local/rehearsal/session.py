"""One rehearsal from its first process to its last file."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from app.config.loading import load_phases
from app.errors import PayshiftError
from app.local.facts import LocalFacts
from app.local.rehearsal.analysis.handovers import HandoverFacts, completed_handovers
from app.local.rehearsal.analysis.recording import MARKS, OBSERVATION, Recording
from app.local.rehearsal.circumstances import machine, versions
from app.local.rehearsal.conclude import Circumstances, conclude
from app.local.rehearsal.databases import databases_of
from app.local.rehearsal.drain import wait_for_drain
from app.local.rehearsal.live import Display
from app.local.rehearsal.load.config import LoadConfig, Mix, Stale
from app.local.rehearsal.load_process import LoadProcess
from app.local.rehearsal.marks import Marks
from app.local.rehearsal.observer import Observer
from app.local.rehearsal.product_files import ROOT
from app.local.rehearsal.proof.verdict import Proof, prove
from app.local.rehearsal.replicated import wait_until_replicated
from app.local.rehearsal.report.page import write_report
from app.local.rehearsal.repository import Repository
from app.local.rehearsal.runner import Runner
from app.local.rehearsal.story import Move, Story
from app.local.rehearsal.summary import Summary
from app.migration.sites import Databases
from app.migration.verify.parity import compare_parity
from app.migration.verify.rows import rows_equal

SUMMARY = "summary.json"
REPORT = "report.html"
_OURS = ("recording", "git", "deliveries", SUMMARY, REPORT)


class Session:
    """One rehearsal: what it is made of, and how long its parts took."""

    def __init__(
        self,
        *,
        facts: LocalFacts,
        environment_file: Path,
        output: Path,
        rate: float,
        clients: int,
        stale: Stale | None,
        console: Console,
    ) -> None:
        _clear(output)
        self.started_at = time.time()
        self.durations: dict[str, float] = {}
        self._facts = facts
        self._console = console
        self._output = output
        self._recording = output / "recording"
        self._databases: Databases = databases_of(facts)
        self._run = f"rehearsal-{secrets.token_hex(4)}"
        self._load = LoadProcess(
            LoadConfig(
                api_name=facts.api_name, api_port=facts.api_port, dns_host=facts.dns.host,
                dns_port=facts.dns.port, ca_file=facts.ca_file, output=self._recording,
                run=self._run, mix=Mix.at(rate), clients=clients, stale=stale,
            )
        )  # fmt: skip
        self._marks = Marks(file=self._recording / MARKS, tell=self._say)
        self._repository = Repository(output / "git")
        self._runner = Runner(
            remote=self._repository.remote,
            checkout=output / "git" / "runner",
            logs=output / "deliveries",
            environment={
                **facts.process_environment,
                "PAYSHIFT_ENVIRONMENT": "local",
                "PAYSHIFT_LOCAL_ENVIRONMENT": str(environment_file.resolve()),
            },
        )

    def tell(
        self, *, settle_seconds: float, moves: tuple[Move, ...] | None
    ) -> PayshiftError | None:
        """Run replication, story and load; return the error that broke it off, if one did."""
        with ExitStack() as stack:
            observer = stack.enter_context(
                Observer(facts=self._facts, file=self._recording / OBSERVATION)
            )
            stack.enter_context(
                Display(
                    console=self._console, marks=self._marks, load=self._load, observer=observer
                )
            )
            stack.callback(self._load.stop)
            stack.callback(self._runner.stop)
            story = Story(
                repository=self._repository, runner=self._runner, load=self._load,
                observer=observer, marks=self._marks, settle_seconds=settle_seconds,
            )  # fmt: skip
            try:
                with self._timed("replicating"):
                    wait_until_replicated(self._databases, tell=self._marks.now)
                with self._timed("story"):
                    story.tell(moves)
            except PayshiftError as error:
                self._say(f"broken off: {error}")
                return error
        return None

    def conclude(self, error: PayshiftError | None) -> Summary:
        """Prove, judge, and write summary and report."""
        recording = Recording.load(self._recording)
        proof: Proof | None = None
        handovers: tuple[HandoverFacts, ...] = ()
        try:
            self._say("waiting until replication has drained")
            with self._timed("draining"):
                wait_for_drain(self._databases)
            with self._timed("proof"):
                proof = self._prove(recording)
                handovers = completed_handovers(self._databases)
        except PayshiftError as broken:
            error = error or broken
        self.durations["total"] = round(
            time.time() - self.started_at + self.durations.get("setup", 0), 2
        )
        phases = {phase.name: phase for phase in load_phases(ROOT / "phases").phases}
        summary = conclude(
            recording,
            phases=phases,
            proof=proof,
            handovers=tuple(one for one in handovers if one.ended >= self.started_at),
            error=error,
            circumstances=Circumstances(
                rate=self._load.config.mix.payments,
                clients=self._load.config.clients,
                started_at=self.started_at,
                durations=self.durations,
                versions=versions(self._databases),
                machine=machine(),
            ),
        )
        summary.write(self._output / SUMMARY)
        write_report(summary, recording, path=self._output / REPORT)
        return summary

    def _prove(self, recording: Recording) -> Proof:
        self._say(f"comparing {len(recording.acknowledgements):,} promises with both databases")
        return prove(
            self._databases,
            acknowledgements=recording.acknowledgements,
            failed_keys=frozenset(one.key for one in recording.requests if one.error),
            run=self._run,
            parity_equal=compare_parity(self._databases).equal and rows_equal(self._databases),
        )

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.durations[name] = round(time.monotonic() - began, 2)

    def _say(self, line: str) -> None:
        elapsed = int(time.time() - self.started_at)
        self._console.print(
            f"[dim]{elapsed // 60}:{elapsed % 60:02d}[/dim] {escape(line)}",
            highlight=False,
            soft_wrap=True,
        )


def _clear(output: Path) -> None:
    for name in _OURS:
        path = output / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    (output / "recording").mkdir(parents=True)
    (output / "deliveries").mkdir()
