"""Rules that the phase files must keep together, each answered with located problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from app.config.phases import Live, Phase
from app.config.wording import closest
from app.config.yaml_located import Located
from app.errors import Problem

WHOLE = 100
_PERCENT = ("traffic", "aws_percent")
_WRITER = ("features", "writer")
_REVERSE = ("features", "reverse_replication")


@dataclass(frozen=True, slots=True)
class PhaseFile:
    """A phase with the file that it was read from."""

    located: Located
    phase: Phase


class Rule(Protocol):
    """Looks at all phases, ordered by number, and yields what is wrong."""

    def __call__(self, files: Sequence[PhaseFile], /) -> Iterator[Problem]:
        """Yield a problem for each place that breaks the rule."""


def the_file_is_named_after_its_number(files: Sequence[PhaseFile], /) -> Iterator[Problem]:
    """`phase-10.yaml` holds `phase: 10`."""
    for one in files:
        name = one.located.file.name
        if name != f"{one.phase.name}.yaml":
            yield one.located.problem(
                ("phase",),
                f"phase is {one.phase.phase} in a file named {name}",
                remedy=f"name the file {one.phase.name}.yaml, or write the number of its name",
            )


def each_number_is_used_once(files: Sequence[PhaseFile], /) -> Iterator[Problem]:
    """No two files describe the same phase."""
    first: dict[int, str] = {}
    for one in files:
        name, number = one.located.file.name, one.phase.phase
        if number in first:
            yield one.located.problem(
                ("phase",),
                f"phase {number} is also described by {first[number]}",
                remedy="give one of them another number, or delete it",
            )
        first.setdefault(number, name)


def phase_0_sends_nothing_to_aws(files: Sequence[PhaseFile], /) -> Iterator[Problem]:
    """Phase 0 is where everything is still in the data centre."""
    for one in files:
        if one.phase.phase == 0 and one.phase.traffic.aws_percent:
            yield one.located.problem(
                _PERCENT,
                f"phase 0 sends {one.phase.traffic.aws_percent} % to AWS",
                remedy="write aws_percent: 0",
            )


def no_legacy_traffic_while_aws_writes(files: Sequence[PhaseFile], /) -> Iterator[Problem]:
    """Writer aws demands that all traffic is at AWS."""
    for one in files:
        percent = one.phase.traffic.aws_percent
        if one.phase.features.writer == "aws" and percent != WHOLE:
            yield one.located.problem(
                _PERCENT,
                f"aws_percent is {percent} while the writer is aws: "
                f"{WHOLE - percent} % would still reach the legacy site",
                remedy="write aws_percent: 100, or writer: legacy",
            )


def the_way_back_follows_the_writer(files: Sequence[PhaseFile], /) -> Iterator[Problem]:
    """Reverse replication runs exactly while aws writes."""
    for one in files:
        features = one.phase.features
        if features.writer == "legacy" and features.reverse_replication:
            yield one.located.problem(
                _REVERSE,
                "reverse_replication is true while the writer is legacy",
                remedy="write reverse_replication: false, or writer: aws",
            )
        if features.writer == "aws" and not features.reverse_replication:
            yield one.located.problem(
                _REVERSE,
                "reverse_replication is off while the writer is aws: there would be no way back",
                remedy="write reverse_replication: true",
            )


def traffic_never_falls(files: Sequence[PhaseFile], /) -> Iterator[Problem]:
    """No phase sends less to AWS than the phase below it."""
    for below, one in pairwise(files):
        least, percent = below.phase.traffic.aws_percent, one.phase.traffic.aws_percent
        if percent < least:
            yield one.located.problem(
                _PERCENT,
                f"{one.phase.name} sends {percent} % to AWS, less than {below.phase.name} below it",
                remedy=f"write a whole number from {least} to 100",
            )


def the_writer_moves_once(files: Sequence[PhaseFile], /) -> Iterator[Problem]:
    """Once a phase has writer aws, no higher phase has writer legacy."""
    for below, one in pairwise(files):
        if below.phase.features.writer == "aws" and one.phase.features.writer == "legacy":
            yield one.located.problem(
                _WRITER,
                f"{one.phase.name} has writer legacy although {below.phase.name} has writer aws",
                remedy="write writer: aws",
            )


def shadow_reads_are_made_before_they_are_judged(
    files: Sequence[PhaseFile], /
) -> Iterator[Problem]:
    """A gate after a phase that makes no shadow reads would wait for them in vain."""
    for one in files:
        asked = one.phase.gates.after.shadow_read_mismatches is not None
        if asked and not one.phase.features.shadow_reads_percent:
            yield one.located.problem(
                ("gates", "after", "shadow_read_mismatches"),
                f"{one.phase.name} makes no shadow reads that its gate could judge",
                remedy="write shadow_reads_percent above 0, or leave the check out",
            )


RULES: tuple[Rule, ...] = (
    the_file_is_named_after_its_number,
    each_number_is_used_once,
    phase_0_sends_nothing_to_aws,
    no_legacy_traffic_while_aws_writes,
    the_way_back_follows_the_writer,
    traffic_never_falls,
    the_writer_moves_once,
    shadow_reads_are_made_before_they_are_judged,
)


def live_exists(located: Located, live: Live, *, names: Sequence[str]) -> Iterator[Problem]:
    """Yield a problem when `live` names a phase that no file describes."""
    if live.live not in names:
        meant = closest(live.live, names)
        hint = f"did you mean {meant}? " if meant else ""
        yield located.problem(
            ("live",),
            f"live names {live.live}, which no file describes",
            remedy=f"{hint}write one of {', '.join(names)}",
        )


def live_skips_nothing(
    located: Located, *, base: int, live: int, numbers: Sequence[int]
) -> Iterator[Problem]:
    """Yield a problem when `live` goes up by more than one step; down, any number is right.

    `base` is the number that the base revision's `live` names, -1 when it has none.
    """
    skipped = [number for number in numbers if base < number < live]
    if skipped:
        came = f"from phase-{base} " if base >= 0 else ""
        yield located.problem(
            ("live",),
            f"live goes {came}to phase-{live} and skips "
            + " and ".join(f"phase-{number}" for number in skipped),
            remedy=f"write live: phase-{skipped[0]}, and go on in a later pull request",
        )
