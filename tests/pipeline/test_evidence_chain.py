"""Records become links of one chain, whoever writes them, and whenever a writer dies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from app.errors import WorldError
from app.lambdas import evidence as function_evidence
from app.migration.evidence.chain import EvidenceChain
from app.migration.evidence.link import Link, digest, genesis, link_key, rendered
from app.pipeline import aws
from app.pipeline.audit.verify import parse_known, verify
from tests.pipeline.conftest import Place


@pytest.fixture
def chain(place: Place) -> EvidenceChain:
    s3, bucket = aws.s3(place.target.environment), place.target.names.evidence_bucket
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return EvidenceChain(s3, bucket)


def stored(chain: EvidenceChain, key: str) -> bytes:
    return chain.s3.get_object(Bucket=chain.bucket, Key=key)["Body"].read()


@dataclass
class Between:
    """An S3 client in whose requests something happens: before or after puts below a prefix."""

    client: Any
    prefix: str
    dies: bool = False
    loses_answer: bool = False
    rival: Iterator[Any] = field(default_factory=lambda: iter(()))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def put_object(self, **request: Any) -> Any:
        """Put, with what happens."""
        if request["Key"].startswith(self.prefix):
            if self.dies:
                raise KeyboardInterrupt
            next(self.rival, None)
            if self.loses_answer:
                # botocore sends it again when the answer to the first try got lost.
                self.client.put_object(**request)
        return self.client.put_object(**request)


def test_every_record_points_to_the_one_before(chain: EvidenceChain) -> None:
    chain.add("records/a/started.json", {"phase": 10}, author="one")
    chain.add("records/a/finished.json", {"outcome": "done"}, author="two")
    raws = [stored(chain, link_key(number)) for number in (1, 2)]
    first, second = map(Link.parse, raws)
    assert first.previous == genesis(chain.bucket)
    assert second.previous == digest(raws[0])
    assert (second.number, second.author, second.record) == (2, "two", {"outcome": "done"})
    assert json.loads(stored(chain, second.key)) == {"outcome": "done"}


def test_a_record_of_a_function_is_linked_to_those_of_the_pipeline(
    chain: EvidenceChain, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "payshift-local-validator")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")
    place.evidence().write("run", "started", {"phase": 10}, required=True)
    record = {"kind": "validation", "figure": 0.1}
    key = function_evidence.keep(record, bucket=chain.bucket, run_id="run", name="validation-10")
    assert key == "records/run/validation-10.json"
    place.evidence().write("run", "finished", {"outcome": "done"}, required=True)
    verdict = verify(chain.s3, bucket=chain.bucket)
    assert verdict.whole
    assert [(one.key, one.author) for one in verdict.links.values()][1] == (
        key,
        "payshift-local-validator:7",
    )


def test_where_a_record_stands_is_said_so_that_a_log_can_prove_it(
    chain: EvidenceChain, place: Place
) -> None:
    said: list[str] = []
    place.evidence().write("run", "started", {}, required=True, progress=said.append)
    known = parse_known(said[0].removeprefix("evidence: started is link "))
    assert verify(chain.s3, bucket=chain.bucket, known=known).whole


@pytest.mark.parametrize("prefix", ["chain/", "records/b/"])
def test_a_writer_that_dies_between_link_and_record_is_healed_by_the_next(
    chain: EvidenceChain, prefix: str
) -> None:
    chain.add("records/a/started.json", {"phase": 10}, author="one")
    dying: Any = Between(chain.s3, prefix, dies=True)
    with pytest.raises(KeyboardInterrupt):
        EvidenceChain(dying, chain.bucket).add("records/b/x.json", {"lost": False}, author="dying")
    verdict = verify(chain.s3, bucket=chain.bucket)
    # fact: only a link that was written waits for its record; nobody has tampered with it
    assert (verdict.whole, verdict.pending) == (True, (2,) if prefix == "records/b/" else ())
    chain.add("records/c/x.json", {}, author="next")
    verdict = verify(chain.s3, bucket=chain.bucket)
    assert (verdict.whole, verdict.pending) == (True, ())
    if prefix == "records/b/":
        assert json.loads(stored(chain, "records/b/x.json")) == {"lost": False}


def test_of_two_functions_with_the_same_record_one_is_first(chain: EvidenceChain) -> None:
    for number, first in enumerate((True, False)):
        record = {"turn": number}
        assert first is function_evidence.keep_first(
            record, bucket=chain.bucket, run_id="run", name="turn"
        )
    assert json.loads(stored(chain, "records/run/turn.json")) == {"turn": 0}
    verdict = verify(chain.s3, bucket=chain.bucket)
    assert (verdict.whole, len(verdict.links)) == (True, 1)


def test_an_answer_that_got_lost_does_not_link_a_record_twice(chain: EvidenceChain) -> None:
    losing: Any = Between(chain.s3, "chain/", loses_answer=True)
    linked = EvidenceChain(losing, chain.bucket).add("records/a/x.json", {"n": 1}, author="one")
    assert linked.number == 1
    verdict = verify(chain.s3, bucket=chain.bucket)
    assert (verdict.whole, len(verdict.links), verdict.end) == (True, 1, linked)


def test_a_writer_that_was_overtaken_takes_the_next_number(chain: EvidenceChain) -> None:
    rivals = (
        chain.add(f"records/rival/{number}.json", {"number": number}, author="rival")
        for number in range(3)
    )
    overtaken: Any = Between(chain.s3, "chain/", rival=rivals)
    linked = EvidenceChain(overtaken, chain.bucket).add("records/a/x.json", {}, author="slow")
    assert linked.number == 4
    assert verify(chain.s3, bucket=chain.bucket).whole


def test_a_writer_that_is_always_overtaken_gives_up(
    chain: EvidenceChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.migration.evidence.chain.ATTEMPTS", 3)
    rivals = (
        chain.add(f"records/rival/{number}.json", {}, author="rival") for number in range(1000)
    )
    overtaken: Any = Between(chain.s3, "chain/", rival=rivals)
    with pytest.raises(WorldError, match="took no record in 3 attempts"):
        EvidenceChain(overtaken, chain.bucket).add("records/a/x.json", {}, author="slow")


def test_evidence_goes_on_behind_a_link_that_was_tampered_with(chain: EvidenceChain) -> None:
    chain.add("records/a/x.json", {"n": 1}, author="one")
    chain.s3.put_object(Bucket=chain.bucket, Key=link_key(1), Body=b"{}")
    chain.add("records/b/x.json", {"n": 2}, author="two")
    verdict = verify(chain.s3, bucket=chain.bucket)
    assert [str(finding) for finding in verdict.findings] == [
        "changed: link 1 was written 2 times",
        "changed: link 1 cannot be read: number: Field required",
        "inserted: records/a/x.json is in no link, unless it belonged to link 1",
    ]


def test_a_bucket_refuses_and_the_reason_is_passed_on(chain: EvidenceChain) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        EvidenceChain(chain.s3, "payshift-nowhere").add("records/a/x.json", {}, author="one")


@pytest.mark.parametrize(
    "record",
    [
        {"figure": 0.1 + 0.2, "tiny": 5e-324, "large": 2**70},
        {"text": "ä\ud800 → \x00", "nothing": None, "list": [1, (2, 3)]},
    ],
)
def test_a_record_is_stored_in_the_form_in_which_its_link_is_read(
    chain: EvidenceChain, record: dict[str, Any]
) -> None:
    chain.add("records/a/x.json", record, author="one")
    assert stored(chain, "records/a/x.json") == rendered(record)
    assert verify(chain.s3, bucket=chain.bucket).whole


def test_every_way_of_tampering_in_the_bucket_is_found(chain: EvidenceChain) -> None:
    for number in range(1, 6):
        chain.add(f"records/run-{number}/x.json", {"number": number}, author="one")
    s3, bucket = chain.s3, chain.bucket
    s3.delete_object(Bucket=bucket, Key=link_key(5))
    s3.delete_object(Bucket=bucket, Key="records/run-1/x.json")
    s3.put_object(Bucket=bucket, Key="records/run-2/x.json", Body=b'{"number": 0}')
    s3.put_object(Bucket=bucket, Key="records/run-9/x.json", Body=b"{}")
    s3.put_object(Bucket=bucket, Key="chain/notes.txt", Body=b"")
    found = verify(s3, bucket=bucket).findings
    assert [str(finding) for finding in found] == [
        "inserted: chain/notes.txt is no link of the chain",
        "removed: link 5 is gone; an older version is still in the bucket",
        "removed: records/run-1/x.json is gone; link 1 holds it",
        "changed: records/run-2/x.json is not what link 2 holds",
        "inserted: records/run-5/x.json is in no link, unless it belonged to link 5",
        "inserted: records/run-9/x.json is in no link, unless it belonged to link 5",
    ]
