"""Judges the records: each is as the last link of its key says, and none is without a link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.migration.evidence.link import Link
from app.pipeline.audit.findings import Finding, Tampering
from app.pipeline.audit.snapshot import Snapshot, Stored

NEVER = Stored(())


def judge_records(
    snapshot: Snapshot, links: Mapping[int, Link]
) -> tuple[tuple[Finding, ...], tuple[int, ...]]:
    """Return what is wrong with the records, and the links whose record is still to be stored.

    Only the last link's can be: the next writer stores it.
    """
    findings: list[Finding] = []
    pending: list[int] = []
    by_key: dict[str, list[int]] = {}
    for number, link in sorted(links.items()):
        by_key.setdefault(link.key, []).append(number)
    for key, numbers in by_key.items():
        stored = snapshot.records.get(key, NEVER)
        if snapshot.versioned and stored == NEVER and numbers == [max(snapshot.links)]:
            pending.append(numbers[-1])
            continue
        findings.extend(_record(key, stored, [links[number] for number in numbers]))
    findings.extend(_without_link(snapshot, links, by_key))
    return tuple(findings), tuple(pending)


def _record(key: str, stored: Stored, links: list[Link]) -> Iterator[Finding]:
    last = links[-1]
    written = {link.record_bytes() for link in links}
    if stored.present is None:
        yield _finding(Tampering.REMOVED, last, f"{key} is gone; link {last.number} holds it")
    elif stored.deletions:
        yield _finding(Tampering.REMOVED, last, f"{key} was deleted and put back")
    if stored.present is not None and stored.present != last.record_bytes():
        yield _finding(Tampering.CHANGED, last, f"{key} is not what link {last.number} holds")
    elif set(stored.contents) - written:
        yield _finding(Tampering.CHANGED, last, f"{key} was something else for a time")


def _without_link(
    snapshot: Snapshot, links: Mapping[int, Link], by_key: Mapping[str, list[int]]
) -> Iterator[Finding]:
    broken = sorted(set(range(1, max(snapshot.links, default=0) + 1)) - links.keys())
    perhaps = f", unless it belonged to link {', '.join(map(str, broken))}" if broken else ""
    for key, stored in snapshot.records.items():
        if key not in by_key:
            gone = " and was deleted again" if stored.present is None else ""
            yield Finding(
                kind=Tampering.INSERTED, key=key, message=f"{key} is in no link{gone}{perhaps}"
            )


def _finding(kind: Tampering, link: Link, message: str) -> Finding:
    return Finding(kind=kind, key=link.key, number=link.number, message=message)
