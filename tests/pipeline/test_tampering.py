"""Whatever is done to the evidence is found; what nothing inside the bucket shows, a log does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.migration.evidence.chain import Linked
from app.migration.evidence.link import Link, digest, genesis, rendered
from app.pipeline.audit.snapshot import Snapshot, Stored
from app.pipeline.audit.verify import judge

BUCKET, LENGTH = "payshift-test-evidence", 6
Tamper = Callable[[Snapshot], Snapshot]
numbers = st.integers(min_value=1, max_value=LENGTH)


def key(number: int) -> str:
    return f"records/run-{number}/finished.json"


def written(records: list[dict[str, Any]]) -> Snapshot:
    """Write a chain as writers do, without versions: the hardest case."""
    links: dict[int, Stored] = {}
    previous = genesis(BUCKET)
    for number, record in enumerate(records, start=1):
        raw = Link(
            number=number, previous=previous, key=key(number), author="one", nonce=str(number),
            written_at=f"2026-11-23T22:30:0{number}.000+00:00", record=record,
        ).as_bytes()  # fmt: skip
        links[number], previous = Stored((raw,)), digest(raw)
    stored = {key(number): Stored((rendered(one),)) for number, one in enumerate(records, start=1)}
    return Snapshot(bucket=BUCKET, versioned=False, links=links, records=stored)


WHOLE = written([{"outcome": "done", "seconds": number} for number in range(LENGTH)])
END = Linked(LENGTH, digest(WHOLE.links[LENGTH].contents[0]))


def without_link(number: int) -> Tamper:
    return lambda was: replace(
        was, links={one: stored for one, stored in was.links.items() if one != number}
    )


def without_record(number: int) -> Tamper:
    return lambda was: replace(
        was, records={one: stored for one, stored in was.records.items() if one != key(number)}
    )


def with_record(name: str, raw: bytes) -> Tamper:
    return lambda was: replace(was, records={**was.records, name: Stored((raw,))})


def with_link(place: int, **changes: Any) -> Tamper:
    """Write a field of a link anew; its record follows, so that the two agree."""

    def tamper(was: Snapshot) -> Snapshot:
        if place not in was.links:
            return was
        content = json.loads(was.links[place].contents[0]) | changes
        changed = replace(was, links={**was.links, place: Stored((rendered(content),))})
        return with_record(content["key"], rendered(content["record"]))(changed)

    return tamper


def swapped(one: int, other: int) -> Tamper:
    def tamper(was: Snapshot) -> Snapshot:
        if {one, other} - was.links.keys():
            return was
        exchanged = {one: was.links[other], other: was.links[one]}
        return replace(was, links={**was.links, **exchanged})

    return tamper


def slipped_in(number: int) -> Tamper:
    """Put a link of one's own at a number and move all later ones up."""

    def tamper(was: Snapshot) -> Snapshot:
        moved = {one if one < number else one + 1: stored for one, stored in was.links.items()}
        link = Link(
            number=number, previous="0" * 64, key=key(99), author="nobody", nonce="",
            written_at="", record={"slipped": "in"},
        )  # fmt: skip
        raw = link.as_bytes()
        return with_record(link.key, link.record_bytes())(
            replace(was, links={**moved, number: Stored((raw,))})
        )

    return tamper


tampers = st.one_of(
    numbers.map(without_link),
    numbers.map(without_record),
    st.builds(with_record, numbers.map(key), st.binary(max_size=30)),
    st.builds(with_record, st.just("records/x/y.json"), st.binary(max_size=30)),
    st.builds(with_link, numbers, author=st.text(max_size=5)),
    st.builds(with_link, numbers, record=st.just({"outcome": "nothing happened"})),
    st.builds(with_link, numbers, number=numbers),
    st.builds(with_link, numbers, previous=st.just("f" * 64)),
    st.builds(swapped, numbers, numbers),
    st.integers(min_value=1, max_value=LENGTH + 1).map(slipped_in),
)


@given(st.lists(tampers, min_size=1, max_size=4))
def test_with_a_known_end_every_difference_is_found(done: list[Tamper]) -> None:
    found = WHOLE
    for tamper in done:
        found = tamper(found)
    same = (found.links, found.records) == (WHOLE.links, WHOLE.records)
    assert judge(found, known=END).whole is same


@given(tampers)
def test_any_one_act_is_found_without_help_and_named(tamper: Tamper) -> None:
    found = tamper(WHOLE)
    links = {one for one in range(1, LENGTH + 2) if found.links.get(one) != WHOLE.links.get(one)}
    keys = {one for one in found.records.keys() | WHOLE.records.keys()
            if found.records.get(one) != WHOLE.records.get(one)}  # fmt: skip
    if not links | keys:
        return
    if (links == {LENGTH} and keys == {key(LENGTH)}) or (links == {LENGTH} and not keys):
        return  # the newest link was rewritten: only what lies outside of the bucket shows it
    findings = judge(found).findings
    said = " ".join(f"{finding.key} {finding} " for finding in findings)
    touched = {f"link {number} " for number in links} | keys
    assert any(name in said for name in touched), findings


@pytest.mark.parametrize("number", range(1, LENGTH + 1))
def test_each_kind_is_called_by_its_name(number: int) -> None:
    def kinds(tamper: Tamper) -> set[tuple[str, int | None]]:
        return {(one.kind.value, one.number) for one in judge(tamper(WHOLE), known=END).findings}

    assert ("removed", number) in kinds(without_link(number))
    assert kinds(without_record(number)) == {("removed", number)}
    assert kinds(with_record(key(number), b"{}")) == {("changed", number)}
    assert kinds(with_link(number, author="another")) == {("changed", number)}
    other = number % LENGTH + 1
    assert {("reordered", number), ("reordered", other)} <= kinds(swapped(number, other))
    assert kinds(with_record("records/x/y.json", b"{}")) == {("inserted", None)}
    assert ("reordered", number + 1) in kinds(slipped_in(number))


def rewritten(was: Snapshot, *, records: list[dict[str, Any]]) -> Snapshot:
    """Write all of the chain anew, hashes included, keeping the versions that S3 keeps."""
    anew = written(records)
    return replace(
        anew,
        links={
            number: Stored((*stored.contents, *was.links[number].contents))
            for number, stored in anew.links.items()
        },
        records={
            name: Stored((*stored.contents, *was.records[name].contents))
            for name, stored in anew.records.items()
        },
    )


def test_a_chain_that_was_written_anew_to_its_end_shows_in_versions_and_against_a_log() -> None:
    lie = [{"outcome": "done", "seconds": -1} for _ in range(LENGTH)]
    anew = written(lie)
    assert judge(anew).whole  # fact: nothing inside of such a bucket can show it
    assert [str(one) for one in judge(anew, known=END).findings] == [
        f"changed: link 6 is not the one that was known as {END.digest[:12]}"
    ]
    found = judge(rewritten(WHOLE, records=lie)).findings
    assert {one.number for one in found} == set(range(1, LENGTH + 1))


def test_an_end_that_was_cut_off_shows_against_a_log() -> None:
    cut = without_record(LENGTH)(without_link(LENGTH)(WHOLE))
    assert judge(cut).whole
    assert [str(one) for one in judge(cut, known=END).findings] == [
        f"removed: link 6 is gone, but was known as {END.digest[:12]}"
    ]


def test_a_deletion_that_was_undone_is_still_told() -> None:
    back = replace(
        WHOLE,
        links={**WHOLE.links, 2: replace(WHOLE.links[2], deletions=1)},
        records={**WHOLE.records, key(3): replace(WHOLE.records[key(3)], deletions=1)},
    )
    assert [str(one) for one in judge(back).findings] == [
        "removed: link 2 was deleted and put back",
        "removed: records/run-3/finished.json was deleted and put back",
    ]


def test_a_chain_of_another_bucket_is_none_of_this_one() -> None:
    found = judge(replace(WHOLE, bucket="payshift-other-evidence")).findings
    assert [str(one) for one in found] == [
        "inserted: link 1 does not begin the chain of this bucket"
    ]
