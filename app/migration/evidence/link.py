"""One link of the evidence's chain: a record, when and by whom, and the hash of the link before."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.config.evidence_prefixes import CHAIN, RECORDS

# S3 lists keys in rising order: counted from here downwards, one request finds the newest link.
_HIGHEST = 999_999_999_999
_LINK_KEY = re.compile(rf"{CHAIN}([0-9]{{{len(str(_HIGHEST))}}})\.json")


class NotALink(ValueError):
    """An object is no link of a chain; says what is wrong with it."""


class Link(BaseModel):
    """A link. It holds the whole record, so that a record which was never stored is not lost.

    `previous` is the digest of the link before, of the first one `genesis`. `nonce` makes a link
    unlike all others: a writer recognises its own after a request whose answer got lost.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1, le=_HIGHEST)
    previous: str = Field(pattern=r"^[0-9a-f]{64}$")
    key: str = Field(pattern=rf"^{RECORDS}[^/\s]{{1,200}}/[^/\s]{{1,200}}\.json$")
    author: str
    written_at: str
    nonce: str
    record: dict[str, Any]

    @classmethod
    def parse(cls, raw: bytes) -> Link:
        """Read a link. NotALink when it is none."""
        try:
            return cls.model_validate(json.loads(raw), strict=True)
        except ValidationError as error:
            mistake = error.errors()[0]
            where = ".".join(str(part) for part in mistake["loc"])
            raise NotALink(f"{where}: {mistake['msg']}" if where else mistake["msg"]) from error
        except ValueError as error:
            raise NotALink(f"it is no JSON: {error}") from error

    def as_bytes(self) -> bytes:
        """Return what is stored."""
        return rendered(self.model_dump())

    def record_bytes(self) -> bytes:
        """Return the record as it is stored at `key`."""
        return rendered(self.record)


def rendered(record: Mapping[str, Any]) -> bytes:
    """Return the one form in which records are stored and hashed; reading it changes nothing."""
    # What a file name or a message cannot say in UTF-8 stays as JSON's own escape.
    text = json.dumps(record, indent=2, ensure_ascii=False)
    return text.encode(errors="backslashreplace")


def digest(raw: bytes) -> str:
    """Return the hash of a link as it is stored."""
    return hashlib.sha256(raw).hexdigest()


def genesis(bucket: str) -> str:
    """Return what the first link of a bucket's chain points to: no chain fits another bucket."""
    return digest(f"the evidence of {bucket}".encode())


def link_key(number: int) -> str:
    """Return where a link is stored: each number has one place, which can be taken once."""
    return f"{CHAIN}{_HIGHEST - number:0{len(str(_HIGHEST))}}.json"


def number_of(key: str) -> int | None:
    """Return the number of the link at a key; None when no link belongs there."""
    found = _LINK_KEY.fullmatch(key)
    number = _HIGHEST - int(found[1]) if found else 0
    return number if number >= 1 else None


def now() -> str:
    """Return the moment as links tell it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
