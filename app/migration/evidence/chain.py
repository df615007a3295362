"""Adds records to the chain: any number of writers, on machines and in functions, at once.

A link is written first, under the condition that nobody has taken its number; then the record is
stored at its own key. Whoever adds the next link first stores the record of the one before if it
is not there: a writer that died in between loses nothing, and needs no one to clean up.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from app.config.evidence_prefixes import CHAIN
from app.errors import WorldError
from app.migration.evidence.link import (
    Link,
    NotALink,
    digest,
    genesis,
    link_key,
    now,
    number_of,
    rendered,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Every attempt that fails is another writer's success: so many of them at once there never are.
ATTEMPTS = 100
# The number is taken, or is being taken at this moment.
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_ABSENT = {"NoSuchKey", "404"}


@dataclass(frozen=True, slots=True)
class Linked:
    """Where a record stands in the chain. Kept outside of the bucket, it proves what was there."""

    number: int
    digest: str

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


@dataclass(frozen=True, slots=True)
class EvidenceChain:
    """The chain of a bucket. botocore's errors are passed on, for callers to translate."""

    s3: S3Client
    bucket: str

    def add(self, key: str, record: Mapping[str, Any], *, author: str) -> Linked:
        """Chain a record and store it at `key`. WorldError when the chain cannot be read."""
        nonce = secrets.token_hex(8)
        for _ in range(ATTEMPTS):
            number, previous = self._end()
            link = Link(
                number=number + 1,
                previous=previous,
                key=key,
                author=author,
                written_at=now(),
                nonce=nonce,
                record=dict(record),
            )
            raw = link.as_bytes()
            place = link_key(link.number)
            if self._takes(place, raw) or self._is_ours(place, raw):
                self._put(key, link.record_bytes())
                return Linked(link.number, digest(raw))
        message = f"the evidence took no record in {ATTEMPTS} attempts: others were always faster"
        raise WorldError(message, remedy="run it again when fewer runs write at once")

    def add_first(self, key: str, record: Mapping[str, Any], *, author: str) -> Linked | None:
        """Chain a record unless there is one at `key`; None when somebody else was first.

        Who is first is decided by the record, so a writer that dies right after it leaves a record
        without a link, which verifying tells.
        """
        if not self._takes(key, rendered(record)):
            return None
        return self.add(key, record, author=author)

    def _end(self) -> tuple[int, str]:
        """Return number and digest of the last link, whose record is then stored for sure."""
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=CHAIN, MaxKeys=1)
        found = listed.get("Contents", [])
        if not found:
            return 0, genesis(self.bucket)
        number = number_of(found[0]["Key"])
        if number is None:
            message = f"{found[0]['Key']} is no link of the evidence's chain"
            raise WorldError(message, remedy="see who put it there: payshift evidence verify")
        raw = self._get(found[0]["Key"])
        try:
            link = Link.parse(raw)
        except NotALink:
            # Somebody changed it, which verifying tells. The next link still holds on to it.
            return number, digest(raw)
        self._takes(link.key, link.record_bytes())
        return number, digest(raw)

    def _takes(self, key: str, body: bytes) -> bool:
        """Store at a key that is free; False when it is taken."""
        try:
            self._put(key, body, IfNoneMatch="*")
        except ClientError as error:
            if _code(error) in _TAKEN:
                return False
            raise
        return True

    def _is_ours(self, key: str, body: bytes) -> bool:
        """Tell whether what took the key is this very body.

        A request whose answer was lost is sent again by botocore, and then meets itself.
        """
        try:
            return self._get(key) == body
        except ClientError as error:
            if _code(error) in _ABSENT:
                return False
            raise

    def _put(self, key: str, body: bytes, **condition: str) -> None:
        self.s3.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=body,
            ContentType="application/json",
            **condition,  # type: ignore[arg-type]  # the stubs know every argument but no mapping
        )

    def _get(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
