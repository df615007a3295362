"""Finds the bundle of a digest: on this machine, in the evidence bucket, or by synthesis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

from app.pipeline.aws import code, translated
from app.pipeline.bundle import appearing, pack, seal, unpack, verify
from app.pipeline.report import Progress, silent
from app.pipeline.stored import ABSENT, read_object

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Synthesizer(Protocol):
    """Writes all workspaces of an environment below `output/stacks`."""

    def __call__(self, *, environment: str, phases: Path, output: Path) -> tuple[str, ...]:
        """Return the names of the workspaces."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Verified workspaces on this machine, and where they came from."""

    digest: str
    directory: Path
    origin: str


@dataclass(frozen=True, slots=True)
class BundleStore:
    """Bundles below `cache` and in a bucket; on this machine only without a bucket or its name."""

    s3: S3Client
    bucket: str
    cache: Path

    def obtain(
        self,
        *,
        digest: str,
        make: Callable[[Path], object],
        rebuild: bool = False,
        progress: Progress = silent,
    ) -> Bundle:
        """Return the bundle; `make` synthesizes it into a directory when it exists nowhere.

        `rebuild` ignores what is stored and replaces it. BundleCorrupted when it was tampered with.
        """
        if not rebuild and (found := self.find(digest)):
            return found
        directory = self.cache / digest
        progress("synthesizing the workspaces")
        with appearing(directory) as empty:
            make(empty)
            seal(empty, digest=digest)
        return Bundle(digest, directory, "synthesis")

    def find(self, digest: str) -> Bundle | None:
        """Return the bundle if it is stored on this machine or in the bucket. BundleCorrupted."""
        directory = self.cache / digest
        if directory.is_dir():
            verify(directory, digest=digest)
            return Bundle(digest, directory, "this machine")
        if (content := self._fetch(digest)) is None:
            return None
        unpack(content, into=directory, digest=digest)
        return Bundle(digest, directory, "the evidence bucket")

    def keep(self, bundle: Bundle, *, replace: bool = False) -> bool:
        """Store a bundle unless it is there already; False while there is no bucket."""
        if not self.bucket:
            return False
        with translated(f"storing the bundle {bundle.digest[:12]}"):
            try:
                if replace or not self._since(bundle.digest):
                    body = pack(bundle.directory)
                    self.s3.put_object(Bucket=self.bucket, Key=_key(bundle.digest), Body=body)
            except ClientError as error:
                if code(error) == "NoSuchBucket":
                    return False
                raise
        return True

    def has(self, digest: str) -> bool:
        """Tell whether the bucket has a bundle; False while there is no bucket."""
        return self.stored_since(digest) is not None

    def stored_since(self, digest: str) -> datetime | None:
        """Return since when the bucket has a bundle; None when it has none, or there is none."""
        with translated(f"looking for the bundle {digest[:12]}"):
            return self._since(digest)

    def _since(self, digest: str) -> datetime | None:
        try:
            return self.s3.head_object(Bucket=self.bucket, Key=_key(digest))["LastModified"]
        except ClientError as error:
            if code(error) in ABSENT:
                return None
            raise

    def _fetch(self, digest: str) -> bytes | None:
        if not self.bucket:
            return None
        with translated(f"reading the bundle {digest[:12]}"):
            return read_object(self.s3, bucket=self.bucket, key=_key(digest))


def _key(digest: str) -> str:
    return f"bundles/{digest}.tar.gz"
