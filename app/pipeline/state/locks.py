"""Who holds the lock of a workspace's state: the object that Terraform puts beside it in S3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from app.config.names import Names
from app.pipeline.aws import code, translated
from app.pipeline.stored import ABSENT
from app.pipeline.terraform_messages import locked

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A lock that is held: by whom and since when as Terraform says, and `written` as S3 does."""

    workspace: str
    id: str
    who: str
    created: str
    written: datetime
    etag: str

    def __str__(self) -> str:
        return f"{self.workspace} is being changed by {self.who} since {self.created}"


@dataclass(frozen=True, slots=True)
class Locks:
    """Reads the locks of an environment's states."""

    s3: S3Client
    names: Names

    def held(self, workspace: str) -> Lock | None:
        """Return the lock of a workspace, None while nobody holds it."""
        key = self.names.lock_key(workspace)
        with translated(f"looking for a lock of {workspace}"):
            try:
                found = self.s3.get_object(Bucket=self.names.state_bucket, Key=key)
            except ClientError as error:
                if code(error) in ABSENT:
                    return None
                raise
            body = found["Body"].read()
        try:
            said = dict(json.loads(body))
        except (ValueError, TypeError):
            said = {}
        return Lock(
            workspace=workspace,
            id=str(said.get("ID", "")),
            who=str(said.get("Who", "somebody")),
            created=str(said.get("Created", "an unknown time")),
            written=found["LastModified"],
            etag=found["ETag"],
        )

    def of_phases(self) -> Iterator[Lock]:
        """Yield the locks that are held of phases, also of those that no file describes."""
        beginning, end = self.names.lock_key("phase-|").split("|")
        with translated("looking for the locks of the phases"):
            listed = self.s3.list_objects_v2(Bucket=self.names.state_bucket, Prefix=beginning)
        for one in listed.get("Contents", []):
            if one["Key"].endswith(end):
                number = one["Key"].removeprefix(beginning).removesuffix(end)
                if (lock := self.held(f"phase-{number}")) is not None:
                    yield lock

    def require_free(self, workspace: str) -> None:
        """Raise StateLocked, with who and since when, while the workspace is being changed."""
        if (lock := self.held(workspace)) is not None:
            raise locked(workspace, who=lock.who, since=lock.created)
