"""Verifies the whole chain of an evidence bucket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.errors import InputError
from app.migration.evidence.chain import Linked
from app.migration.evidence.link import Link, digest, link_key
from app.pipeline.audit.findings import Finding, Tampering
from app.pipeline.audit.links import judge_links
from app.pipeline.audit.records import judge_records
from app.pipeline.audit.snapshot import Snapshot, read_record, take_snapshot
from app.pipeline.aws import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_KNOWN = re.compile(r"([1-9][0-9]{0,11}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What verifying found. `pending` are links whose record the next writer stores."""

    links: Mapping[int, Link]
    findings: tuple[Finding, ...]
    pending: tuple[int, ...]
    end: Linked | None

    @property
    def whole(self) -> bool:
        """Whether the evidence is as it was written."""
        return not self.findings

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "whole": self.whole,
            "links": len(self.links),
            "end": None if self.end is None else str(self.end),
            "pending": list(self.pending),
            "findings": [finding.as_record() for finding in self.findings],
        }

    def lines(self) -> list[str]:
        """Return it for people."""
        lines = [str(finding) for finding in self.findings]
        lines += [f"link {number}: its record is stored by the next run" for number in self.pending]
        state = "whole" if self.whole else f"NOT whole: {len(self.findings)} findings"
        where = f", which ends with {self.end}" if self.end else ""
        return [*lines, f"the evidence is {state}; {len(self.links)} links{where}"]


def verify(s3: S3Client, *, bucket: str, known: Linked | None = None) -> Verdict:
    """Read and judge the evidence; `known` is a link that a log has kept. WorldError."""
    with translated(f"reading the evidence in {bucket}"):
        snapshot = take_snapshot(s3, bucket=bucket)
        links, _ = judge_links(snapshot)
        late = [link.key for link in links.values() if link.key not in snapshot.records]
        found = {key: one for key in late if (one := read_record(s3, snapshot, key)) is not None}
    return judge(replace(snapshot, records={**snapshot.records, **found}), known=known)


def judge(snapshot: Snapshot, *, known: Linked | None = None) -> Verdict:
    """Judge a snapshot.

    Without `known`, a bucket without versions cannot show that its newest links were cut off or
    rewritten to the end; nothing inside of it can.
    """
    links, of_chain = judge_links(snapshot)
    of_records, pending = judge_records(snapshot, links)
    last = max(links, default=0)
    raw = snapshot.links[last].present if last else None
    return Verdict(
        links=links,
        findings=(*of_chain, *_against(known, snapshot), *of_records),
        pending=pending,
        end=None if raw is None else Linked(last, digest(raw)),
    )


def parse_known(text: str) -> Linked:
    """Read a link as logs tell it, such as `12:3fa4…`. InputError."""
    found = _KNOWN.fullmatch(text)
    if not found:
        message = f"{text!r} names no link"
        remedy = "copy it from a log of payshift deliver: evidence: finished is link 12:3fa4…"
        raise InputError(message, remedy=remedy)
    return Linked(int(found[1]), found[2])


def _against(known: Linked | None, snapshot: Snapshot) -> tuple[Finding, ...]:
    if known is None:
        return ()
    stored = snapshot.links.get(known.number)
    raw = None if stored is None else stored.present
    if raw is not None and digest(raw) == known.digest:
        return ()
    kind = Tampering.REMOVED if raw is None else Tampering.CHANGED
    what = "is gone, but was" if raw is None else "is not the one that was"
    return (
        Finding(
            kind=kind,
            key=link_key(known.number),
            number=known.number,
            message=f"link {known.number} {what} known as {known.digest[:12]}",
        ),
    )
