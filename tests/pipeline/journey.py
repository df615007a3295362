"""What deliveries left in an AWS: made once, and put into the environment of each test.

A test that begins with production in a phase needs that world, not the minutes of getting there.
It is what `deliver` itself made, with real Terraform, below the names of the other environment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.pipeline import aws
from app.pipeline.deliver import deliver
from app.pipeline.target import Target

if TYPE_CHECKING:
    from tests.pipeline.conftest import Place

# Up two steps and back in one; a test takes the whole of it, or its beginning.
STEPS = (0, 10, 0)


@dataclass(frozen=True)
class Left:
    """Every object of an environment's buckets, and each value that its parameter has had."""

    name: str
    state: dict[str, bytes]
    evidence: dict[str, bytes]
    features: tuple[str, ...]


@dataclass
class Journey:
    """Puts production where some steps lead; the first to ask has them delivered."""

    begin: Callable[[], Place]
    _left: dict[tuple[int, ...], Left] = field(default_factory=dict)

    def __call__(self, place: Place, *steps: int) -> None:
        """Let a fresh environment be as these steps, one after the other, leave it."""
        self._left = self._left or _travel(self.begin())
        _put(self._left[steps], place.target)


def _travel(place: Place) -> dict[tuple[int, ...], Left]:
    found, features = {}, list[str]()
    for count, number in enumerate(STEPS, 1):
        deliver(place.tools(), place.set_live(number), find_world=place.world)
        parameter = aws.ssm(place.target.environment).get_parameter(
            Name=place.target.names.features_parameter
        )
        features.append(parameter["Parameter"]["Value"])
        assert parameter["Parameter"]["Version"] == count  # fact: each step writes it once
        names = place.target.names
        found[STEPS[:count]] = Left(
            place.target.environment.name,
            _objects(place.target, names.state_bucket),
            _objects(place.target, names.evidence_bucket),
            tuple(features),
        )
    return found


def _objects(target: Target, bucket: str) -> dict[str, bytes]:
    s3 = aws.s3(target.environment)
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    return {
        one["Key"]: s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in listed
    }


def _put(left: Left, target: Target) -> None:
    s3, ssm, names = aws.s3(target.environment), aws.ssm(target.environment), target.names
    for key, content in left.evidence.items():  # a chain of digests: as it is, to the byte
        s3.put_object(Bucket=names.evidence_bucket, Key=key, Body=content)
    # A state holds the name of the parameter, and no other that is the environment's.
    ours, theirs = (f"/{one}/".encode() for one in (left.name, target.environment.name))
    for key, content in left.state.items():
        assert ours in content
        s3.put_object(Bucket=names.state_bucket, Key=key, Body=content.replace(ours, theirs))
    for value in left.features:
        ssm.put_parameter(Name=names.features_parameter, Type="String", Value=value, Overwrite=True)
