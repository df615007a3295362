"""The runner: checks out what was pushed and runs the delivery workflow's step in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.errors import InputError, Refused, WorldError
from app.local.rehearsal.priority import give_way
from app.local.rehearsal.repository import Push, git
from app.local.rehearsal.workflow import RunStep, deliver_step

_GRACE_SECONDS = 20
_TAIL_LINES = 25
_NO = Refused.exit_code
_WRONG_INPUT = InputError.exit_code


@dataclass(frozen=True, slots=True)
class Delivery:
    """One run of the deliver step: wall-clock times and where its words are."""

    started: float
    ended: float
    log: Path


class Runner:
    """One checkout, kept between deliveries as a self-hosted runner keeps its work directory."""

    def __init__(
        self, *, remote: Path, checkout: Path, logs: Path, environment: Mapping[str, str]
    ) -> None:
        self._remote = remote
        self._checkout = checkout
        self._logs = logs
        self._environment = dict(environment)
        self._runs = 0
        self.process: subprocess.Popen[bytes] | None = None

    def deliver(self, push: Push) -> Delivery:
        """Run the deliver step at that commit and wait for its end.

        Raises the kind of error that the step's exit code stands for, with the end of its output.
        """
        started = time.time()
        self._check_out(push.commit)
        step = deliver_step(self._checkout)
        self._runs += 1
        log = self._logs / f"delivery-{self._runs:02d}-{push.live}.log"
        code = self._run(step, push=push, log=log)
        if code:
            raise _failure(code=code, push=push, log=log)
        return Delivery(started=started, ended=time.time(), log=log)

    def stop(self) -> None:
        """End a running delivery with all that it started; Terraform gets time to let go."""
        process = self.process
        if process is None or process.poll() is not None:
            return
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _check_out(self, commit: str) -> None:
        if not self._checkout.exists():
            git(self._remote, "clone", "--quiet", str(self._remote), str(self._checkout))
        git(self._checkout, "fetch", "--quiet", "origin", "main")
        git(self._checkout, "checkout", "--quiet", "--force", "--detach", commit)
        git(self._checkout, "clean", "--quiet", "-ffd")

    def _run(self, step: RunStep, *, push: Push, log: Path) -> int:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.script]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=self._checkout,
                env=self._variables(step, push=push, log=log),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            give_way(self.process.pid)
            try:
                return self.process.wait()
            finally:
                self.stop()

    def _variables(self, step: RunStep, *, push: Push, log: Path) -> dict[str, str]:
        """Return what GitHub gives to a step, then this environment's own variables.

        PYTHONPATH makes the installed command run the code of this very commit.
        """
        programs = str(Path(sys.executable).parent)
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            **step.environment,
            "CI": "true",
            "GITHUB_SHA": push.commit,
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REF_NAME": "main",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_RUN_NUMBER": str(self._runs),
            "GITHUB_STEP_SUMMARY": str(log.with_suffix(".summary.md")),
            "GITHUB_OUTPUT": str(log.with_suffix(".output")),
            **self._environment,
            "PYTHONPATH": str(self._checkout),
            "PATH": os.pathsep.join((programs, os.environ.get("PATH", os.defpath))),
        }


def _failure(*, code: int, push: Push, log: Path) -> Exception:
    tail = "\n".join(_last_words(log.read_text(errors="replace").splitlines()))
    message = f"the delivery of {push.live} ended with exit code {code}:\n{tail}"
    remedy = f"read {log}"
    if code == _NO:
        return Refused(message, remedy=remedy)
    if code == _WRONG_INPUT:
        return InputError(message, remedy=remedy)
    return WorldError(message, remedy=remedy)


def _last_words(lines: list[str]) -> list[str]:
    """Return the error that the command ended with, or the end of its output when it has none."""
    for number in reversed(range(len(lines))):
        if lines[number].startswith("error: "):
            return lines[number:]
    return lines[-_TAIL_LINES:]
