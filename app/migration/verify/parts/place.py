"""Where the parts of a comparison and their sums lie in the evidence bucket, and in which form."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable

from app.config.evidence_prefixes import COMPARISONS
from app.migration.verify.parts.part import Part, PartSums


def parts_key(comparison: str) -> str:
    """Return the key of the list of all parts."""
    return f"{COMPARISONS}{comparison}/parts.json"


def sums_prefix(comparison: str) -> str:
    """Return the beginning of the keys of all sums."""
    return f"{COMPARISONS}{comparison}/sums/"


def sums_key(comparison: str, number: int) -> str:
    """Return the key of a part's sums."""
    return f"{sums_prefix(comparison)}{number:05}.json.gz"


def parts_body(parts: Iterable[Part]) -> bytes:
    """Return a JSON array, as Step Functions reads it."""
    return json.dumps([part.model_dump(mode="json") for part in parts]).encode()


def sums_body(sums: PartSums) -> bytes:
    """Return the sums compressed; the same sums give the same bytes."""
    return gzip.compress(sums.model_dump_json().encode(), compresslevel=1, mtime=0)


def read_sums(body: bytes) -> PartSums:
    """Return the sums of such a body. Raises ValueError when it is none."""
    return PartSums.model_validate_json(gzip.decompress(body))
