"""One PostgreSQL server of the local environment: made, started, stopped, killed, removed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from app.errors import LocalEnvironmentFailed
from app.local.postgres import roles, watchdog
from app.local.postgres.authority import LocalAuthority
from app.local.postgres.configuration import HOST_BASED_AUTHENTICATION, render
from app.local.postgres.place import ServerPlace
from app.local.postgres.postmaster import Postmaster, StopMode, wait_until_ready
from app.migration.connection import DatabaseSettings

HOST = "localhost"
ADDRESS = "127.0.0.1"
TRUST_FILE = "trust.pem"  # in the data directory: what the server itself trusts as a client
START_TRIES = 5


class PostgresCluster:
    """A server over TLS with the payment system's roles and an empty database `payments`.

    It ends with this process, even after kill -9, unless it was made `detached`. Without a
    `port` it takes a free one. `settings` change single lines of postgresql.conf.
    """

    def __init__(
        self,
        *,
        name: str,
        place: ServerPlace,
        authority: LocalAuthority,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        detached: bool = False,
    ) -> None:
        self.name = name
        self.data = place.directory / name
        self.log = place.directory / f"{name}.log"
        self.port = port or free_port()
        self.passwords = roles.new_passwords()
        self.postmaster = Postmaster(data=self.data)
        self._chosen_port = port
        self._place = place
        self._authority = authority
        self._settings = dict(settings or {})
        self._detached = detached
        self._process: subprocess.Popen[str] | None = None

    def create(self, *, deadline_seconds: float = 60) -> None:
        """Make the data directory, start the server, create roles and database."""
        account = self._place.account
        password_file = self._place.directory / f"{self.name}.password"
        try:
            shutil.rmtree(self.data, ignore_errors=True)
            self.data.mkdir(mode=0o700)
            account.give(path=self.data)
            password_file.touch(mode=0o600)
            password_file.write_text(self.passwords[roles.ADMIN], encoding="utf-8")
            account.give(path=password_file)
            self._initdb(password_file=password_file, deadline_seconds=deadline_seconds)
            self._write("pg_hba.conf", HOST_BASED_AUTHENTICATION)
            self._write("postgresql.conf", render(port=self.port, changes=self._settings))
            self.renew_certificate()
        except OSError as error:
            raise self._unusable(str(error)) from error
        finally:
            password_file.unlink(missing_ok=True)
        self.start(deadline_seconds=deadline_seconds)
        roles.create_roles(
            admin=self.settings_for(role=roles.ADMIN, dbname="postgres"), passwords=self.passwords
        )

    def start(self, *, deadline_seconds: float = 30) -> None:
        """Start the server and wait until it accepts connections.

        Raises LocalEnvironmentFailed with the reason: the port taken, the disk full or not
        writable, not ready in time. Nothing is left running then.
        """
        if self.postmaster.pid is not None:
            return
        for _ in range(START_TRIES):
            seen = self.log.stat().st_size if self.log.exists() else 0
            process = self._launch()
            try:
                if wait_until_ready(
                    postmaster=self.postmaster,
                    exited=lambda started=process: started.poll() is not None,  # type: ignore[misc]  # mypy cannot infer a lambda's default
                    deadline_seconds=deadline_seconds,
                ):
                    self._process = process
                    return
            except BaseException:
                self.postmaster.stop(mode=StopMode.IMMEDIATE, deadline_seconds=5)
                raise
            reason = self._complaint(since=seen)
            if "already in use" not in reason or self._chosen_port is not None:
                break
            # Someone took the free port between our look and the server's bind.
            self.port = free_port()
            self._write("postgresql.conf", render(port=self.port, changes=self._settings))
        raise self._unusable(reason)

    def stop(self, *, mode: StopMode = StopMode.FAST) -> None:
        """Stop the server and wait; a server that is not running is no error."""
        self.postmaster.stop(mode=mode)
        self._reap()

    def kill(self) -> None:
        """Kill the postmaster with SIGKILL, as a crash would."""
        self.postmaster.kill()
        self._reap()

    def restart(self, *, mode: StopMode = StopMode.FAST) -> None:
        """Stop and start again on the same port."""
        self.stop(mode=mode)
        self._chosen_port = self.port
        self.start()

    def destroy(self) -> None:
        """Stop the server at once and remove its data and log."""
        self.stop(mode=StopMode.IMMEDIATE)
        shutil.rmtree(self.data, ignore_errors=True)
        self.log.unlink(missing_ok=True)

    def renew_certificate(self) -> None:
        """Give the server a new certificate; one that runs takes it for new connections."""
        certificate, key = self.data / "server.crt", self.data / "server.key"
        self._authority.issue(HOST, ADDRESS, certificate=certificate, key=key)
        self._write(TRUST_FILE, self._authority.bundle.decode())
        for path in (certificate, key):
            self._place.account.give(path=path)
        if self.postmaster.pid is not None:
            self.postmaster.reload()

    def settings_for(
        self, *, role: str = roles.ENGINE, dbname: str = roles.DATABASE
    ) -> DatabaseSettings:
        """Return how to connect as one of its roles, verifying the server in full."""
        bundle = self._place.directory / "ca.pem"
        if not bundle.exists():
            self._authority.write_bundle(path=bundle)
        return DatabaseSettings(
            host=HOST,
            hostaddr=ADDRESS,
            port=self.port,
            dbname=dbname,
            user=role,
            password=SecretStr(self.passwords[role]),
            sslrootcert=bundle,
        )

    def _initdb(self, *, password_file: Path, deadline_seconds: float) -> None:
        command = [str(self._place.binaries.initdb), "--pgdata", str(self.data)]
        command += ["--username", roles.ADMIN, "--pwfile", str(password_file)]
        command += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
        done = subprocess.run(
            command,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=deadline_seconds,
            check=False,
            **self._place.account.arguments,
        )
        if done.returncode != 0:
            raise self._unusable(_last_complaint(done.stderr or done.stdout))

    def _launch(self) -> subprocess.Popen[str]:
        server = [str(self._place.binaries.postgres), "-D", str(self.data)]
        self.log.touch()
        if self._detached:
            with self.log.open("ab") as output:
                return subprocess.Popen(
                    server,
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    text=True,
                    **self._place.account.arguments,
                )
        account = self._place.account
        ids = [str(-1 if value is None else value) for value in (account.uid, account.gid)]
        command = [sys.executable, "-I", "-S", str(Path(watchdog.__file__)), *ids, str(self.log)]
        for directory in self._place.removable:
            command += ["--remove", str(directory)]
        return subprocess.Popen(
            [*command, "--", *server],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def _reap(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.wait(timeout=30)
        if process.stdin is not None:
            process.stdin.close()

    def _write(self, name: str, text: str) -> None:
        path = self.data / name
        path.write_text(text, encoding="utf-8")
        self._place.account.give(path=path)

    def _complaint(self, *, since: int) -> str:
        with self.log.open("rb") as log:
            log.seek(since)
            return _last_complaint(log.read().decode(errors="replace"))

    def _unusable(self, reason: str) -> LocalEnvironmentFailed:
        remedies = {
            "already in use": f"Free port {self.port}, or let the cluster take a free one.",
            "No space left": f"Free some space on the disk of {self.data}.",
            "ermission denied": f"Make {self._place.directory} writable, or give another one.",
            "Read-only": f"Make {self._place.directory} writable, or give another one.",
        }
        remedy = next((text for part, text in remedies.items() if part in reason), "")
        return LocalEnvironmentFailed(
            f"The {self.name} PostgreSQL server cannot be started: {reason}",
            remedy=remedy or f"Its log is {self.log}.",
        )


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


def _last_complaint(output: str) -> str:
    """Return the lines that say why: those marked as errors, else the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    marked = [line for line in lines if any(mark in line for mark in ("FATAL", "PANIC", "error:"))]
    causes = [line for line in lines if "could not" in line or "No space" in line]
    chosen = [*causes[:1], *marked[-1:]] or lines[-1:] or ["no message"]
    return " · ".join(dict.fromkeys(chosen))
