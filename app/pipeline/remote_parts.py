"""Has the parts of a comparison read by functions in AWS: a list in S3, a distributed map, sums."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.errors import DatabaseFailed, WorldError
from app.migration.verify.parts.place import parts_body, parts_key, read_sums, sums_prefix
from app.pipeline import aws
from app.pipeline.report import Progress

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from app.migration.verify.parts.part import Part, PartSums

POLL_SECONDS = 2.0
_RUNNING = "RUNNING"
_SUCCEEDED = "SUCCEEDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteParts:
    """A carrier. `machine_arn` is the state machine, `bucket` the evidence's."""

    s3: S3Client
    states: Any
    bucket: str
    machine_arn: str
    workers: int
    say: Progress
    poll_seconds: float = POLL_SECONDS

    def carry(self, parts: Sequence[Part]) -> Generator[PartSums]:
        """Start an execution and give the sums as they come; closed early, it is stopped.

        Raises WorldError when AWS refuses, DatabaseFailed when a part could not be read.
        """
        name = parts[0].comparison
        try:
            self._start(name, parts)
            yield from self._follow(name)
        finally:
            self._stop(name)

    def _arn(self, name: str) -> str:
        """Return what the execution is called: known before it is started, so never lost."""
        return f"{self.machine_arn.replace(':stateMachine:', ':execution:')}:{name}"

    def _start(self, name: str, parts: Sequence[Part]) -> None:
        with aws.translated("starting the comparison in AWS"):
            self.s3.put_object(
                Bucket=self.bucket,
                Key=parts_key(name),
                Body=parts_body(parts),
                ContentType="application/json",
            )
            self.states.start_execution(
                stateMachineArn=self.machine_arn,
                name=name,
                input=json.dumps({"parts": parts_key(name), "workers": self.workers}),
            )
        self.say(f"{parts[0].table}: {len(parts)} parts, {self.workers} functions at once, {name}")

    def _follow(self, name: str) -> Iterator[PartSums]:
        seen: set[str] = set()
        while True:
            with aws.translated("following the comparison in AWS"):
                found = self.states.describe_execution(executionArn=self._arn(name))
                # Listed after the status was asked for: a machine that has ended adds nothing.
                new = [key for key in self._keys(name) if key not in seen]
            for key in new:
                yield self._sums(key)
            seen.update(new)
            if found["status"] == _SUCCEEDED:
                return
            if found["status"] != _RUNNING:
                raise _failed(found)
            time.sleep(self.poll_seconds)

    def _keys(self, name: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=sums_prefix(name)
        )
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def _sums(self, key: str) -> PartSums:
        with aws.translated("reading what a part of the comparison holds"):
            body = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        try:
            return read_sums(body)
        except (ValueError, OSError) as error:
            raise WorldError(
                f"{key} holds no sums of a part",
                remedy="look who writes into the evidence bucket, and run it again",
            ) from error

    def _stop(self, name: str) -> None:
        """Stop what still runs; parts that are being read end within minutes by themselves."""
        execution = self._arn(name)
        try:
            with aws.translated("stopping the comparison in AWS"):
                found = self.states.describe_execution(executionArn=execution)
                if found["status"] == _RUNNING:
                    self.states.stop_execution(
                        executionArn=execution, cause="payshift verify was ended before its time"
                    )
                    self.say(f"{name} was stopped in AWS")
        except WorldError as error:
            # Not raised: it would hide what ended the comparison.
            self.say(f"{name} may still run in AWS: {error.message}")


def _failed(found: dict[str, Any]) -> DatabaseFailed:
    said = " ".join(f"{found.get('error', '')} {found.get('cause', '')}".split())
    return DatabaseFailed(
        f"The comparison in AWS ended as {found['status']}{': ' + said if said else '.'}",
        remedy="Read the log of its state machine and of its function, then run it again.",
    )
