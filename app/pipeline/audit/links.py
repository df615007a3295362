"""Judges the links alone: each number is there once, as it was written, behind the one before."""

from __future__ import annotations

from collections.abc import Iterator

from app.migration.evidence.link import Link, NotALink, digest, genesis, link_key
from app.pipeline.audit.findings import Finding, Tampering
from app.pipeline.audit.snapshot import Snapshot, Stored


def judge_links(snapshot: Snapshot) -> tuple[dict[int, Link], tuple[Finding, ...]]:
    """Return the links that can be read, by number, and what is wrong with the chain."""
    links: dict[int, Link] = {}
    findings = [
        Finding(kind=Tampering.INSERTED, key=key, message=f"{key} is no link of the chain")
        for key in snapshot.strangers
    ]
    for number in range(1, max(snapshot.links, default=0) + 1):
        stored = snapshot.links.get(number, Stored(()))
        findings.extend(_history(number, stored))
        if stored.present is None:
            continue
        try:
            links[number] = Link.parse(stored.present)
        except NotALink as error:
            findings.append(_finding(Tampering.CHANGED, number, f"cannot be read: {error}"))
    findings.extend(_order(snapshot, links))
    return links, tuple(findings)


def _history(number: int, stored: Stored) -> Iterator[Finding]:
    if stored.present is None:
        left = "an older version is still in the bucket" if stored.contents else "nothing is left"
        yield _finding(Tampering.REMOVED, number, f"is gone; {left}")
    elif stored.deletions:
        yield _finding(Tampering.REMOVED, number, "was deleted and put back")
    if len(set(stored.contents)) > 1:
        yield _finding(Tampering.CHANGED, number, f"was written {len(stored.contents)} times")


def _order(snapshot: Snapshot, links: dict[int, Link]) -> Iterator[Finding]:
    """Compare each link with the one before: what it points to is what that one was."""
    for number, link in links.items():
        if link.number != number:
            yield _finding(Tampering.REORDERED, number, f"was written as link {link.number}")
            continue
        if number == 1:
            if link.previous != genesis(snapshot.bucket):
                yield _finding(Tampering.INSERTED, 1, "does not begin the chain of this bucket")
            continue
        before = snapshot.links.get(number - 1, Stored(())).present
        moved = number - 1 in links and links[number - 1].number != number - 1
        if before is None or moved:
            continue  # which is found already
        if digest(before) != link.previous:
            message = f"is not the one that link {number} was chained to"
            yield _finding(Tampering.CHANGED, number - 1, message)


def _finding(kind: Tampering, number: int, message: str) -> Finding:
    return Finding(
        kind=kind, key=link_key(number), number=number, message=f"link {number} {message}"
    )
