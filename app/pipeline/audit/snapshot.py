"""The evidence bucket as it is: every version of every link and record."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.config.evidence_prefixes import CHAIN, RECORDS
from app.migration.evidence.link import number_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_READERS = 8


@dataclass(frozen=True, slots=True)
class Stored:
    """One key: the contents of all its versions, newest first, and whether it was ever deleted."""

    contents: tuple[bytes, ...]
    deletions: int = 0
    gone: bool = False

    @property
    def present(self) -> bytes | None:
        """The content in force; None when the newest version is a deletion."""
        return None if self.gone or not self.contents else self.contents[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that the bucket holds of the evidence. `strangers` are keys where no link belongs."""

    bucket: str
    versioned: bool
    links: Mapping[int, Stored] = field(default_factory=dict)
    records: Mapping[str, Stored] = field(default_factory=dict)
    strangers: tuple[str, ...] = ()


def take_snapshot(s3: S3Client, *, bucket: str) -> Snapshot:
    """Read the evidence. botocore's errors are passed on.

    Records are listed before links: a link is written before its record, so what a writer adds
    meanwhile never looks like a record without a link.
    """
    versioned = s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled"
    records = _read(s3, bucket=bucket, prefix=RECORDS)
    chain = _read(s3, bucket=bucket, prefix=CHAIN)
    links = {number: one for key, one in chain.items() if (number := number_of(key)) is not None}
    strangers = tuple(sorted(key for key in chain if number_of(key) is None))
    return Snapshot(
        bucket=bucket, versioned=versioned, links=links, records=records, strangers=strangers
    )


def read_record(s3: S3Client, snapshot: Snapshot, key: str) -> Stored | None:
    """Look at one record again, which a writer may have stored since the snapshot."""
    return _read(s3, bucket=snapshot.bucket, prefix=key).get(key)


def _read(s3: S3Client, *, bucket: str, prefix: str) -> dict[str, Stored]:
    versions: dict[str, list[str]] = {}
    deletions: dict[str, int] = {}
    gone: set[str] = set()
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for version in page.get("Versions", []):  # of one key, the newest comes first
            versions.setdefault(version["Key"], []).append(version["VersionId"])
        for marker in page.get("DeleteMarkers", []):
            deletions[marker["Key"]] = deletions.get(marker["Key"], 0) + 1
            if marker["IsLatest"]:
                gone.add(marker["Key"])

    def read(one: tuple[str, str]) -> bytes:
        key, version = one
        return s3.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"].read()

    wanted = [(key, version) for key, found in versions.items() for version in found]
    with ThreadPoolExecutor(max_workers=_READERS) as pool:
        contents = dict(zip(wanted, pool.map(read, wanted), strict=True))
    return {
        key: Stored(
            contents=tuple(contents[key, version] for version in versions.get(key, [])),
            deletions=deletions.get(key, 0),
            gone=key in gone,
        )
        for key in sorted(versions.keys() | deletions.keys())
    }
