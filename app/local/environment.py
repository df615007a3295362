"""The local environment as a whole: what is started in which order, and ended in the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Self

import psutil

from app.config.loading import load_environment
from app.errors import LocalEnvironmentFailed
from app.local.control import remove
from app.local.databases import LocalDatabases
from app.local.facts import DatabaseFacts, DnsFacts, LocalFacts, ProcessFacts
from app.local.foundation import (
    NAMES_MADE,
    NEEDS_NAMES,
    NEEDS_NO_NAME,
    SYNTHESIZED,
    TargetRun,
    applied,
)
from app.local.layout import Layout
from app.local.postgres.authority import LocalAuthority
from app.local.processes import Program
from app.local.progress import Progress, calmly
from app.local.sites import LocalSites
from app.local.target import LocalTarget
from app.migration.replication.install import install_logical_replication
from app.migration.sites import Site
from app.pipeline.terraform import Terraform

_COPY_SECONDS = 600.0
_LOOK_SECONDS = 0.2


class LocalEnvironment:
    """Started inside a `with`; leaving it ends every process and removes the directory.

    `stop` is looked at while parts are started, so that an interruption does not wait for them.
    """

    def __init__(
        self, *, layout: Layout, rows: int, stop: threading.Event, whole_target: bool = False
    ) -> None:
        self._layout = layout
        self._rows = rows
        self._whole_target = whole_target
        self._stop = stop
        self._environment = load_environment("local")
        self._programs: list[Program] = []
        self._databases: LocalDatabases | None = None
        self._runs: list[TargetRun] = []
        self._ending = False
        self._beginning = threading.Lock()
        self._undo = ExitStack()
        # Children die with the thread that started them: these threads live until the end.
        self._threads = ThreadPoolExecutor(max_workers=4)

    def __enter__(self) -> Self:
        """Remove what a crashed environment has left."""
        remove(self._layout)
        self._layout.last_words.unlink(missing_ok=True)
        self._layout.logs.mkdir(parents=True)
        self._layout.root.chmod(0o711)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End everything, whatever state it is in."""
        # While there is still an AWS API: Terraform keeps its state there.
        with self._beginning:
            self._ending = True
        for run in self._runs:
            run.stop()
        for program in reversed(self._programs):
            program.stop()
        if self._databases is not None:
            self._databases.close()
        _end_children()
        self._threads.shutdown(cancel_futures=True)
        remove(self._layout)

    def start(self, *, progress: Progress) -> None:
        """Start every part and return when clients can pay; or when `stop` is set.

        What of the target they do not need goes on being applied; `dead_part` tells if it fails.
        """
        # Found before anything is started: its absence is the commonest reason to fail.
        Terraform.find(build=self._layout.root.parent / "terraform")
        authority = LocalAuthority()
        authority.write_bundle(path=self._layout.trust)
        databases = LocalDatabases(layout=self._layout, authority=authority)
        self._databases = databases
        target = LocalTarget(layout=self._layout, environment=self._environment)
        made = self._threads.submit(databases.create)
        filled = self._threads.submit(self._fill, databases, made, progress)
        built = self._threads.submit(self._build, target, databases, progress)
        self._wait(filled, built)
        if self._stop.is_set():
            return
        target.keep_secrets(databases.secret_values())
        sites = LocalSites(
            layout=self._layout,
            environment=self._environment,
            authority=authority,
            target=target,
        )
        for start in (sites.start_legacy, sites.start_functions):
            started = self._threads.submit(start)
            self._wait(started)
            self._programs.append(started.result())
        self._write_facts(databases, target, sites)
        progress("the local environment is ready")

    def dead_part(self) -> str | None:
        """Say which part has ended by itself, with the end of its log; None when all run."""
        for program in self._programs:
            if (complaint := program.ended()) is not None:
                return complaint
        for run in tuple(self._runs):
            if (complaint := run.failed()) is not None:
                return complaint
        return self._databases.dead() if self._databases else None

    def _fill(self, databases: LocalDatabases, made: Future[None], progress: Progress) -> None:
        made.result()
        databases.seed(rows=self._rows, progress=progress)
        install_logical_replication(
            databases=databases.engine_logins(),
            writer=Site.LEGACY,
            server_sslrootcert=databases.server_trust,
            deadline_seconds=_COPY_SECONDS,
            progress=calmly(lambda text: progress(f"replication: {text}")),
        )

    def _build(self, target: LocalTarget, databases: LocalDatabases, progress: Progress) -> None:
        self._programs.append(target.start_cloud())
        progress(f"AWS API at {target.endpoint}")
        deliver = partial(target.start_foundation, progress=progress)
        first = self._begin(partial(deliver, "foundation", only=NEEDS_NO_NAME))
        # By then there is a bundle, and nobody synthesizes a second time.
        first.wait_until_said(SYNTHESIZED)
        names = self._begin(partial(target.start_names, progress=progress))
        first.wait_until_said(applied("network"))
        names.wait_until_said(NAMES_MADE)
        service = self._begin(partial(deliver, "service", only=NEEDS_NAMES))
        if self._whole_target:
            self._threads.submit(self._complete, first, service, deliver)
        service.wait_until_said(applied("service"))
        while not target.has_places(databases.secret_roles()):
            if self._stop.wait(_LOOK_SECONDS) or first.failed() is not None:
                return

    def _complete(
        self, first: TargetRun, service: TargetRun, deliver: Callable[..., TargetRun]
    ) -> None:
        """Apply what the phases do not need, once all that it needs is there."""
        first.wait_until_said(applied("data"))
        service.wait_until_said(applied("service"))
        self._begin(partial(deliver, "rest", only=()))

    def _begin(self, start: Callable[[], TargetRun]) -> TargetRun:
        """Start a part of the target; LocalEnvironmentFailed when all is being ended."""
        with self._beginning:
            if self._ending:
                raise LocalEnvironmentFailed("interrupted while starting; everything was ended")
            run = start()
            self._runs.append(run)
            return run

    def _wait(self, *parts: Future[object] | Future[None] | Future[Program]) -> None:
        pending: set[Future[object]] = set(parts)  # type: ignore[arg-type]  # Future is invariant
        while pending and not self._stop.is_set():
            done, pending = wait(pending, timeout=_LOOK_SECONDS, return_when=FIRST_EXCEPTION)
            for part in done:
                part.result()
            if (complaint := self.dead_part()) is not None:
                raise LocalEnvironmentFailed(complaint, remedy="start it again")
        if self._stop.is_set():
            raise LocalEnvironmentFailed("interrupted while starting; everything was ended")

    def _write_facts(
        self, databases: LocalDatabases, target: LocalTarget, sites: LocalSites
    ) -> None:
        host, port = target.dns
        processes = [(program.pid, program.name) for program in self._programs]
        facts = LocalFacts(
            api_name=self._environment.dns.name,
            api_port=sites.port,
            dns=DnsFacts(host=host, port=port),
            ca_file=self._layout.trust,
            aws_endpoint=target.endpoint,
            process_environment={
                **target.process_environment(),
                "PAYSHIFT_TRUST_BUNDLE": str(self._layout.trust),
                # Where the workspaces are ready for Terraform, whoever delivers from wherever.
                "PAYSHIFT_BUILD": str(self._layout.root.parent),
            },
            databases={
                site.value: DatabaseFacts(
                    host=login.host,
                    port=login.port,
                    dbname=login.dbname,
                    user=login.user,
                    password=login.password.get_secret_value(),
                    sslrootcert=login.sslrootcert,
                )
                for site, login in databases.engine_logins().items()
            },
            processes=tuple(
                ProcessFacts(pid=pid, name=name)
                for pid, name in (*processes, *databases.processes())
            ),
        )
        facts.write(self._layout.facts)


def _end_children() -> None:
    """End what is still below this process, such as a Terraform that was interrupted."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        child.terminate()
    _, alive = psutil.wait_procs(children, timeout=10)
    for child in alive:
        child.kill()
