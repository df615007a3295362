"""The only door to Terraform: init, plan to a file, a look at that file, apply of it.

Every run streams into `terraform.log` of the workspace's directory and tells its progress line by
line. An interrupt is passed on once, so that Terraform finishes what it does and lets go of its
lock.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import TerraformFailed, ToolMissing
from app.pipeline import unsaved_state
from app.pipeline.report import Progress, silent
from app.pipeline.terraform_messages import Messages, PlanSummary
from app.pipeline.terraform_provider import find_mirror
from app.pipeline.terraform_settings import environment

MINIMUM = (1, 11)
JSON_FILE, LOCK_FILE, LOG_FILE = "cdk.tf.json", ".terraform.lock.hcl", "terraform.log"
PLAN_FILE, _STAMP = "payshift.tfplan", "payshift-init"
_LATE = "{}: the state that could not be stored at first is in the bucket"
_GET_TERRAFORM = "install Terraform 1.11 or newer (developer.hashicorp.com/terraform/install)"


@dataclass(frozen=True, slots=True)
class Plan:
    """A saved plan: the file that apply takes, and what it would do."""

    directory: Path
    file: Path
    summary: PlanSummary

    @property
    def workspace(self) -> str:
        """The name of the workspace."""
        return self.directory.name


@dataclass(slots=True)
class Terraform:
    """Runs Terraform in workspace directories. Safe to use from several threads."""

    binary: str
    version: str
    variables: Mapping[str, str]
    mirrored: bool
    lock_timeout_seconds: int = 20
    _running: set[subprocess.Popen[str]] = field(default_factory=set)
    _download: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def find(cls, *, build: Path, lock_timeout_seconds: int = 20) -> Terraform:
        """Find Terraform and the provider. ToolMissing when there is none, or one too old."""
        binary = shutil.which("terraform")
        if binary is None:
            raise ToolMissing("terraform is not on this machine", remedy=_GET_TERRAFORM)
        version, platform = _identify(binary)
        mirror = find_mirror(platform=platform, cache=build / "mirror.json")
        variables = environment(build=build, mirror=mirror)
        return cls(binary, version, variables, mirror is not None, lock_timeout_seconds)

    def init(self, directory: Path, *, progress: Progress = silent) -> bool:
        """Make a directory ready; False when it already was, for this backend, lock and settings.

        TerraformFailed with what Terraform said.
        """
        stamp, digest = directory / ".terraform" / _STAMP, self._digest(directory)
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
            return False
        self._init(directory, "-reconfigure", progress=progress)
        return True

    def migrate(self, directory: Path, *, progress: Progress = silent) -> None:
        """Make a directory ready for another backend, and copy its state there.

        TerraformFailed with what Terraform said; the state is then still where it was.
        """
        # Killed half way, the directory is neither: the next init must not believe an old stamp.
        (directory / ".terraform" / _STAMP).unlink(missing_ok=True)
        self._init(directory, "-migrate-state", "-force-copy", progress=progress)

    def plan(
        self,
        directory: Path,
        *,
        variables: Mapping[str, str | int] | None = None,
        lock: bool = True,
        progress: Progress = silent,
    ) -> Plan:
        """Plan into a file, with a refreshed look at the world. StateLocked, TerraformFailed.

        Without `lock`, nobody is held up by it, and what it sees may be in the middle of an apply.
        What an earlier apply could not store is stored first. StateNotStored.
        """
        if unsaved_state.store(self, directory):
            progress(_LATE.format(directory.name))
        given = [f"-var={name}={value}" for name, value in (variables or {}).items()]
        arguments = (
            "plan",
            "-json",
            "-input=false",
            self._lock_timeout if lock else "-lock=false",
            f"-out={PLAN_FILE}",
            *given,
        )
        messages = self._run(arguments, directory=directory, progress=progress)
        return Plan(directory, directory / PLAN_FILE, messages.summary())

    def apply(self, plan: Plan, *, progress: Progress = silent) -> PlanSummary:
        """Apply a saved plan, exactly. StateLocked, TerraformFailed.

        A state that Terraform could not store is stored as soon as the bucket answers.
        StateNotStored when it does not.
        """
        arguments = ("apply", "-json", "-input=false", self._lock_timeout, plan.file.name)
        try:
            return self._run(arguments, directory=plan.directory, progress=progress).summary()
        except TerraformFailed as error:
            if not unsaved_state.store(self, plan.directory, after=error):
                raise
            progress(_LATE.format(plan.directory.name))
            if not unsaved_state.only_unsaved(error):
                raise
            return plan.summary

    def push_state(self, directory: Path, file: Path) -> None:
        """Make a file the workspace's state, under its lock. StateLocked, TerraformFailed.

        Terraform refuses another lineage, and a serial that is not newer than what is stored.
        """
        arguments = ("state", "push", "-no-color", self._lock_timeout, str(file))
        self._run(arguments, directory=directory, progress=silent)

    def release(self, directory: Path, lock_id: str) -> None:
        """End a lock of a run that is known to have ended. TerraformFailed."""
        arguments = ("force-unlock", "-no-color", "-force", lock_id)
        self._run(arguments, directory=directory, progress=silent)

    def show(self, directory: Path) -> str:
        """Return the saved plan of a directory as JSON. TerraformFailed when it cannot be read."""
        remedy = "make the plan again: payshift plan"
        return self._read(("show", "-json", PLAN_FILE), directory=directory, remedy=remedy)

    def outputs(self, directory: Path) -> Mapping[str, Any]:
        """Return what a workspace tells, by name, from its state. TerraformFailed."""
        found = self._read(("output", "-json"), directory=directory, remedy="run it again")
        return {name: one["value"] for name, one in json.loads(found).items()}

    def interrupt(self) -> None:
        """Ask every running Terraform to finish what it does and stop."""
        for process in tuple(self._running):
            process.send_signal(signal.SIGINT)

    @property
    def _lock_timeout(self) -> str:
        return f"-lock-timeout={self.lock_timeout_seconds}s"

    def _init(self, directory: Path, *how: str, progress: Progress) -> None:
        # Terraform moves a state without asking only when it speaks to people.
        words = () if "-migrate-state" in how else ("-json",)
        arguments = ("init", *words, "-input=false", *how)
        if self.mirrored:
            self._run(arguments, directory=directory, progress=progress)
        else:  # a shared download directory may be filled by one run at a time
            with self._download:
                self._run(arguments, directory=directory, progress=progress)
        stamp = directory / ".terraform" / _STAMP
        stamp.write_text(self._digest(directory), encoding="utf-8")

    def _digest(self, directory: Path) -> str:
        """Digest all that init depends on: backend, providers, lock, settings, version."""
        settings = json.loads((directory / JSON_FILE).read_text(encoding="utf-8")).get("terraform")
        lock = directory / LOCK_FILE
        overrides = sorted(directory.glob("*_override.tf.json"))
        configuration = Path(self.variables.get("TF_CLI_CONFIG_FILE", ""))
        parts = [
            self.version,
            json.dumps(settings, sort_keys=True),
            *(
                file.read_text(encoding="utf-8")
                for file in (lock, configuration, *overrides)
                if file.is_file()
            ),
        ]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _read(self, arguments: Sequence[str], *, directory: Path, remedy: str) -> str:
        ended = subprocess.run(
            [self.binary, *arguments],
            cwd=directory,
            env=dict(self.variables),
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            last = (ended.stderr.strip().splitlines() or ["it said nothing"])[-1]
            message = f"terraform {arguments[0]} of {directory.name} failed: {last}"
            raise TerraformFailed(message, remedy=remedy, workspace=directory.name)
        return ended.stdout

    def _run(self, arguments: Sequence[str], *, directory: Path, progress: Progress) -> Messages:
        messages, log = Messages(), directory / LOG_FILE
        with log.open("a", buffering=1, encoding="utf-8") as record:
            record.write(f"$ terraform {' '.join(arguments)}\n")
            process = subprocess.Popen(
                [self.binary, *arguments],
                cwd=directory,
                env=dict(self.variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                # Its own session: Ctrl-C on the terminal reaches it through us, and only once.
                start_new_session=True,
            )
            self._running.add(process)
            try:
                code = self._follow(process, record.write, messages, progress)
            finally:
                self._running.discard(process)
        if code:
            raise messages.failure(verb=arguments[0], workspace=directory.name, log=str(log))
        return messages

    def _follow(
        self,
        process: subprocess.Popen[str],
        record: Callable[[str], object],
        messages: Messages,
        progress: Progress,
    ) -> int:
        interrupted: KeyboardInterrupt | None = None
        while True:
            try:
                for line in process.stdout or ():
                    record(line)
                    if news := messages.feed(line):
                        progress(news)
                code = process.wait()
            except KeyboardInterrupt as interrupt:
                if interrupted is None:
                    progress("stopping: Terraform finishes what it does and lets go of its lock")
                    process.send_signal(signal.SIGINT)
                # A job that is cancelled is asked twice. Asked twice, Terraform would end at once
                # and store nothing.
                interrupted = interrupt
                continue
            if interrupted:
                raise interrupted
            return code


def _identify(binary: str) -> tuple[str, str]:
    """Return version and platform; ToolMissing when the version is too old."""
    answer = subprocess.run(
        [binary, "version", "-json"], capture_output=True, text=True, check=False
    )
    try:
        found = json.loads(answer.stdout)
        version, platform = str(found["terraform_version"]), str(found["platform"])
    except (ValueError, KeyError) as error:
        message = f"{binary} does not say its version"
        raise ToolMissing(message, remedy=_GET_TERRAFORM) from error
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if numbers < MINIMUM:
        message = f"Terraform {version} is too old: locking a state in S3 needs 1.11"
        raise ToolMissing(message, remedy=_GET_TERRAFORM)
    return version, platform
