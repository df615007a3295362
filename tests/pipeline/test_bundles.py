"""Bundles: made once, fetched ever after, refused when they are not what was stored."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from app.config.loading import load_environment, load_phases
from app.config.names import Names
from app.pipeline import aws
from app.pipeline.assembly import assemble
from app.pipeline.bundle import BundleCorrupted, pack
from app.pipeline.bundle_store import Bundle, BundleStore
from app.pipeline.digest import inputs_digest
from app.pipeline.target import Target
from tests.pipeline.conftest import Place
from tests.unit.phase_files import write_phases

DIGEST = "d" * 64


def make(directory: Path) -> None:
    for name in ("network", "phase-0"):
        stack = directory / "stacks" / name
        stack.mkdir(parents=True)
        (stack / "cdk.tf.json").write_text('{"terraform": {}}', encoding="utf-8")


def never(_directory: Path) -> None:
    pytest.fail("a stored bundle was synthesized again")


def store_of(place: Place, cache: Path) -> BundleStore:
    return BundleStore(aws.s3(place.target.environment), place.target.names.evidence_bucket, cache)


@pytest.fixture
def kept(place: Place, tmp_path: Path) -> Bundle:
    store = store_of(place, tmp_path / "first")
    bundle = store.obtain(digest=DIGEST, make=make)
    assert bundle.origin == "synthesis"
    assert store.keep(bundle)
    return bundle


def test_a_stored_bundle_needs_no_synthesis_anywhere(
    place: Place, tmp_path: Path, kept: Bundle
) -> None:
    here = store_of(place, tmp_path / "first").obtain(digest=DIGEST, make=never)
    assert here.origin == "this machine"
    there = store_of(place, tmp_path / "second").obtain(digest=DIGEST, make=never)
    assert there.origin == "the evidence bucket"
    files = sorted(str(file.relative_to(there.directory)) for file in there.directory.rglob("*.*"))
    assert files == [
        "bundle.json", "stacks/network/cdk.tf.json", "stacks/phase-0/cdk.tf.json",
        "terraform.lock.hcl",
    ]  # fmt: skip
    # The tar depends on nothing but names and contents.
    assert pack(kept.directory) == pack(there.directory)


def test_a_changed_file_on_this_machine_is_refused(
    place: Place, tmp_path: Path, kept: Bundle
) -> None:
    (kept.directory / "stacks/phase-0/cdk.tf.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BundleCorrupted) as refusal:
        store_of(place, tmp_path / "first").obtain(digest=DIGEST, make=never)
    assert refusal.value.message == (
        "the bundle dddddddddddd was refused: stacks/phase-0/cdk.tf.json is not what was stored"
    )
    assert refusal.value.remedy == (
        "find out who changed it, then replace it: payshift deliver --rebuild"
    )


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda _body: b"no tar at all", "it cannot be unpacked"),
        (lambda body: body[: len(body) // 2], "it cannot be unpacked"),
        (lambda _body: _tar({}), "it has no readable manifest"),
        (lambda _body: _tar({"bundle.json": '{"digest": "e", "files": {}}'}), "it was made for e"),
        (lambda _body: _tar({"../outside": "x"}), "it cannot be unpacked"),
    ],
    ids=["garbage", "half", "no manifest", "another's", "a path that leaves the directory"],
)
def test_a_spoiled_bundle_in_the_bucket_is_refused_and_leaves_nothing(
    place: Place,
    tmp_path: Path,
    kept: Bundle,
    spoil: Callable[[bytes], bytes],
    why: str,
) -> None:
    assert kept
    s3, bucket = aws.s3(place.target.environment), place.target.names.evidence_bucket
    key = f"bundles/{DIGEST}.tar.gz"
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=spoil(body))
    store = store_of(place, tmp_path / "second")
    with pytest.raises(BundleCorrupted, match=why):
        store.obtain(digest=DIGEST, make=never)
    assert list((tmp_path / "second").iterdir()) == []
    assert not (tmp_path / "outside").exists()
    # Rebuilding replaces it.
    rebuilt = store.obtain(digest=DIGEST, make=make, rebuild=True)
    assert store.keep(rebuilt, replace=True)
    assert store_of(place, tmp_path / "third").obtain(digest=DIGEST, make=never)


def test_a_failed_synthesis_leaves_no_bundle(place: Place, tmp_path: Path) -> None:
    def fail(directory: Path) -> None:
        make(directory)
        raise RuntimeError("half way")

    store = store_of(place, tmp_path / "first")
    with pytest.raises(RuntimeError):
        store.obtain(digest=DIGEST, make=fail)
    assert list((tmp_path / "first").iterdir()) == []


def test_without_a_bucket_a_bundle_stays_on_this_machine(place: Place, tmp_path: Path) -> None:
    store = BundleStore(aws.s3(place.target.environment), "payshift-nowhere", tmp_path / "cache")
    bundle = store.obtain(digest=DIGEST, make=make)
    assert not store.keep(bundle)
    assert store.obtain(digest=DIGEST, make=never).origin == "this machine"


def test_who_only_plans_reads_the_stored_bundle_and_stores_none(
    place: Place, tmp_path: Path
) -> None:
    # An environment that has a file, which the digest covers.
    environment = load_environment("local")
    s3, bucket = aws.s3(environment), Names.of(environment).evidence_bucket
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-east-2"}
        )
    phases, made = load_phases(place.phases), list[Path]()

    def synthesize(*, environment: str, phases: Path, output: Path) -> tuple[str, ...]:
        assert (environment, phases) == ("local", place.phases)
        made.append(output)
        make(output)
        return ()

    def assembled(name: str, *, reading_only: bool) -> tuple[str, bool]:
        elsewhere = Target(environment, tmp_path / name)
        ready = assemble(elsewhere, phases, reading_only=reading_only, synthesize=synthesize)
        return ready.bundle.origin, ready.store.has(ready.bundle.digest)

    assert assembled("planner", reading_only=True) == ("synthesis", False)
    assert assembled("deliverer", reading_only=False) == ("synthesis", True)
    assert assembled("another planner", reading_only=True) == ("the evidence bucket", True)
    assert len(made) == 2


def test_the_digest_follows_everything_but_live(tmp_path: Path) -> None:
    phases = write_phases(tmp_path / "phases")
    first = inputs_digest(environment="local", phases=phases)
    (phases / "live.yaml").write_text("live: phase-50\n", encoding="utf-8")
    assert inputs_digest(environment="local", phases=phases) == first
    assert inputs_digest(environment="production", phases=phases) != first
    text = (phases / "phase-10.yaml").read_text(encoding="utf-8")
    (phases / "phase-10.yaml").write_text(text + "bake_minutes: 7\n", encoding="utf-8")
    assert inputs_digest(environment="local", phases=phases) != first


def _tar(files: dict[str, str]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return raw.getvalue()
