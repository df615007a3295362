"""Evidence: what each apply set out to do and how it ended, as JSON that stays, in a chain."""

from __future__ import annotations

import getpass
import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from app.errors import WorldError
from app.migration.evidence.chain import EvidenceChain
from app.migration.evidence.link import rendered
from app.migration.run_ids import MOMENT, started, tells_time
from app.pipeline.aws import code, translated
from app.pipeline.report import Progress, silent
from app.pipeline.stored import ABSENT, read_object

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Record = Mapping[str, Any]
STARTED, FINISHED = "started", "finished"
DONE = "done"
_BREAK_GLASS = "-break-glass"


def new_run_id(*, break_glass: bool = False) -> str:
    """Return a name for an apply that sorts by time, such as 20261123T223000.123456Z-ab12.

    One that goes past Git says so in its name, wherever it is read.
    """
    end = _BREAK_GLASS if break_glass else ""
    return f"{datetime.now(UTC):{MOMENT}}Z-{secrets.token_hex(2)}{end}"


def who() -> str:
    """Return who runs this: the actor of the workflow, or the user of this machine."""
    return os.environ.get("GITHUB_ACTOR") or f"{getpass.getuser()}@{socket.gethostname()}"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The last apply, when nothing says that it was done."""

    run_id: str
    number: int
    from_number: int


@dataclass(frozen=True, slots=True)
class Begun:
    """An apply of a phase that has begun, wherever it is now."""

    run_id: str
    number: int
    who: str


@dataclass(frozen=True, slots=True)
class Entered:
    """An apply of a phase: from which one, and the commit of the review that it agreed with."""

    from_number: int
    reviewed: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Records below `records/<run id>/` of a bucket, with a copy in a directory of this machine."""

    s3: S3Client
    bucket: str
    directory: Path

    def write(
        self, run_id: str, kind: str, record: Record, *, required: bool, progress: Progress = silent
    ) -> None:
        """Chain a record and store it, with a copy on this machine.

        When `required` is false a failing bucket is said and passed over. Where the record stands
        in the chain is said too: kept in a log elsewhere, it shows that the chain was not cut.
        """
        whole = {"run_id": run_id, "kind": kind, **record}
        copy = self._copied(run_id, kind, whole)
        try:
            with translated(f"storing the evidence of {run_id}"):
                key = f"records/{run_id}/{kind}.json"
                linked = EvidenceChain(self.s3, self.bucket).add(key, whole, author=who())
        except WorldError as error:
            if required:
                raise
            progress(f"{error.message}; going on, the record is in {copy}")
        else:
            progress(f"evidence: {kind} is link {linked}")

    def _copied(self, run_id: str, kind: str, whole: Record) -> Path:
        copy = self.directory / run_id / f"{kind}.json"
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(rendered(whole) + b"\n")
        return copy

    def held_back(self) -> HeldEvidence:
        """Return evidence that stores nothing until it is told to: for when there is no bucket."""
        return HeldEvidence(self.s3, self.bucket, self.directory)

    def has_bucket(self) -> bool:
        """Tell whether the bucket is there."""
        with translated("looking for the bucket of the evidence"):
            try:
                self.s3.head_bucket(Bucket=self.bucket)
            except ClientError as error:
                if code(error) in ABSENT:
                    return False
                raise
        return True

    def unfinished(self) -> Unfinished | None:
        """Return the last apply of a phase if it did not end well; None when all is settled."""
        with translated("reading the evidence"):
            for last in reversed(self.runs()):
                started = self.read(last, STARTED)
                if started is None:
                    return None
                if "phase" not in started:
                    continue  # of a workspace of the foundation
                finished = self.read(last, FINISHED)
                if finished and finished.get("outcome") == DONE:
                    return None
                return Unfinished(last, int(started["phase"]), int(started["from_phase"]))
        return None

    def begun_after(self, run_id: str) -> Begun | None:
        """Return the last apply of a phase that began after a run, by the clock of the bucket.

        None for the last one itself, and for a run that the bucket does not know.
        """
        with translated("reading the evidence"):
            begun = self._begun()
            if run_id not in begun:
                return None
            after = [one for one in begun if (begun[one], one) > (begun[run_id], run_id)]
            for last in sorted(after, key=lambda one: (begun[one], one), reverse=True):
                started = self.read(last, STARTED)
                if started is not None and "phase" in started:
                    return Begun(last, int(started["phase"]), str(started.get("who", "somebody")))
        return None

    def last_reviewed(self, number: int, *, from_number: int) -> Entered | None:
        """Return the last apply of a phase that agreed with a review; one from there, if any."""
        other: Entered | None = None
        with translated("reading the evidence"):
            for run in reversed(self.runs()):
                started = self.read(run, STARTED) or {}
                reviewed = (started.get("review") or {}).get("reviewed")
                if started.get("phase") != number or not reviewed:
                    continue
                found = Entered(int(started["from_phase"]), str(reviewed))
                if found.from_number == from_number:
                    return found
                other = other or found
        return other

    def newest(self) -> str:
        """Return the run that sorts last, of a phase or of the foundation; empty without any.

        What is not named as runs are is none.
        """
        with translated("reading the evidence"):
            return max((run for run in self.runs() if tells_time(run)), default="")

    def last_break_glass(self) -> str | None:
        """Return the id of the last run that went past Git, None when there was none."""
        with translated("reading the evidence"):
            return next((run for run in reversed(self.runs()) if run.endswith(_BREAK_GLASS)), None)

    def in_phase_since(self, number: int) -> datetime | None:
        """Return when the phase that is in force was reached; None when the last apply differs.

        Applying the phase again does not begin its time anew.
        """
        since: datetime | None = None
        with translated("reading the evidence"):
            for run in reversed(self.runs()):
                finished = self.read(run, FINISHED)
                if finished is None or "phase" not in finished:
                    continue
                if finished["phase"] != number or finished.get("outcome") != DONE:
                    break
                since = started(run) + timedelta(seconds=float(finished["seconds"]))
        return since

    def runs(self) -> list[str]:
        """Return the ids of all runs, oldest first; none while there is no bucket."""
        return list(dict.fromkeys(key.split("/")[1] for key, _written in self._listed()))

    def _begun(self) -> dict[str, datetime]:
        end = f"/{STARTED}.json"
        return {key.split("/")[1]: written for key, written in self._listed() if key.endswith(end)}

    def _listed(self) -> list[tuple[str, datetime]]:
        """List every record with the time when it was stored; none while there is no bucket."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix="records/"
        )
        found: list[tuple[str, datetime]] = []
        try:
            for page in pages:
                found += [(one["Key"], one["LastModified"]) for one in page.get("Contents", [])]
        except ClientError as error:
            if code(error) != "NoSuchBucket":
                raise
        return found

    def read(self, run_id: str, kind: str) -> dict[str, Any] | None:
        """Return a record of a run, None when there is none."""
        content = read_object(self.s3, bucket=self.bucket, key=f"records/{run_id}/{kind}.json")
        return None if content is None else dict(json.loads(content))


@dataclass(frozen=True, slots=True)
class HeldEvidence(Evidence):
    """Evidence of what is done before its bucket is there, with its lock and its encryption.

    Records are copied to this machine at once, and stored by `release`.
    """

    _held: list[tuple[str, str, Record]] = field(default_factory=list)

    def write(
        self,
        run_id: str,
        kind: str,
        record: Record,
        *,
        required: bool,  # noqa: ARG002 - nothing can fail yet
        progress: Progress = silent,  # noqa: ARG002
    ) -> None:
        """Keep a record for later."""
        self._copied(run_id, kind, {"run_id": run_id, "kind": kind, **record})
        self._held.append((run_id, kind, record))

    def release(self, *, progress: Progress = silent) -> None:
        """Store what was kept, in the order in which it happened; a failing bucket is said."""
        while self._held:
            run_id, kind, record = self._held.pop(0)
            # Not super(): the decorator has made this class anew.
            Evidence.write(self, run_id, kind, record, required=False, progress=progress)
