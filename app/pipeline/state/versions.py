"""The versions that the state bucket keeps of a workspace's state."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.config.names import Names
from app.errors import InputError
from app.pipeline.aws import translated
from app.pipeline.state.document import StateDocument
from app.pipeline.state.locks import Locks

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DEFAULT_COUNT = 20
_READERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class StateVersion:
    """One version of a state object; `written` is by the clock of S3."""

    id: str
    written: datetime
    newest: bool
    document: StateDocument

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "version": self.id,
            "written": self.written.isoformat(timespec="seconds"),
            "newest": self.newest,
            "serial": self.document.serial,
            "lineage": self.document.lineage,
            "phase": self.document.phase,
            "resources": len(self.document.resources()),
        }


@dataclass(frozen=True, slots=True)
class StateVersions:
    """Reads versions from the environment's state bucket; never writes one."""

    s3: S3Client
    names: Names

    def newest(self, workspace: str, *, count: int = DEFAULT_COUNT) -> tuple[StateVersion, ...]:
        """Return up to `count` versions, newest first. InputError when there is no state yet."""
        with translated(f"listing the versions of {workspace}"):
            listed = self._listed(workspace, count=count)
            if not listed:
                raise InputError(
                    f"workspace {workspace} has no state in {self.names.state_bucket}",
                    remedy="name a workspace that was applied: payshift state list WORKSPACE",
                )
            with ThreadPoolExecutor(max_workers=_READERS) as pool:
                documents = pool.map(lambda one: self._document(workspace, one[0]), listed)
                return tuple(
                    StateVersion(id=id_, written=at, newest=newest, document=document)
                    for (id_, at, newest), document in zip(listed, documents, strict=True)
                )

    def find(self, workspace: str, version: str) -> StateVersion:
        """Return the version with this id, or whose id begins so and no other's does."""
        with translated(f"looking for version {version} of {workspace}"):
            found = [one for one in self._listed(workspace) if one[0].startswith(version)]
            if len(found) != 1:
                known = "no version" if not found else f"{len(found)} versions"
                raise InputError(
                    f"{known} of {workspace} begins with {version}",
                    remedy=f"take the id from: payshift state list {workspace}",
                )
            id_, at, newest = found[0]
            document = self._document(workspace, id_)
        return StateVersion(id=id_, written=at, newest=newest, document=document)

    def require_unlocked(self, workspace: str) -> None:
        """Raise StateLocked, with who and since when, while the workspace is being changed."""
        Locks(self.s3, self.names).require_free(workspace)

    def _listed(
        self, workspace: str, *, count: int | None = None
    ) -> Sequence[tuple[str, datetime, bool]]:
        """Return id, time and whether it is the newest; S3 lists the newest first."""
        bucket, key = self.names.state_bucket, self.names.state_key(workspace)
        found: list[tuple[str, datetime, bool]] = []
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
        for page in pages:
            found.extend(
                (item["VersionId"], item["LastModified"], item["IsLatest"])
                for item in page.get("Versions", [])
                if item["Key"] == key
            )
            if count is not None and len(found) >= count:
                break
        return found[:count]

    def _document(self, workspace: str, id_: str) -> StateDocument:
        answer = self.s3.get_object(
            Bucket=self.names.state_bucket, Key=self.names.state_key(workspace), VersionId=id_
        )
        return StateDocument.parse(answer["Body"].read())
