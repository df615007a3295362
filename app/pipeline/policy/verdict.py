"""Which findings are accepted, and which exceptions are no longer right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from app.config.loading import read_settings
from app.config.policy_exceptions import PolicyException, PolicyExceptions
from app.config.yaml_located import Located
from app.errors import Problem
from app.pipeline.policy.finding import Finding

LONGEST_DAYS = 366
"""How far ahead an exception may expire: whoever accepted it looks at it once a year."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`open` must be mended, `accepted` has its reason; `problems` are those of the list."""

    open: tuple[Finding, ...]
    accepted: tuple[tuple[Finding, PolicyException], ...]
    problems: tuple[Problem, ...]


def judge(findings: Sequence[Finding], *, file: Path, today: date) -> Verdict:
    """Compare findings with the list of exceptions. ConfigError when that cannot be read.

    An exception that has expired, or that covers another number of resources than it says,
    accepts nothing: its findings are open.
    """
    located, listed = read_settings(file, PolicyExceptions)
    problems: list[Problem] = []
    accepted: dict[Finding, PolicyException] = {}
    for index, one in enumerate(listed.exceptions):
        covered = [finding for finding in findings if covers(one, finding)]
        wrong = [*_problems(located, index, one, covered=covered, today=today)]
        problems.extend(wrong)
        if not wrong:
            accepted.update((finding, one) for finding in covered)
    still_open = tuple(finding for finding in findings if finding not in accepted)
    return Verdict(still_open, tuple(accepted.items()), tuple(problems))


def covers(exception: PolicyException, finding: Finding) -> bool:
    """Tell whether an exception speaks of a finding: check and type are never matched in part."""
    kind, _, name = exception.resource.partition(".")
    found_kind, _, found_name = finding.address.rpartition(".")
    return exception.check == finding.check and kind == found_kind and fnmatchcase(found_name, name)


def by_check(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Group findings for people: one heading a check."""
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.check].append(finding)
    return dict(sorted(groups.items()))


def _problems(
    located: Located,
    index: int,
    exception: PolicyException,
    *,
    covered: Sequence[Finding],
    today: date,
) -> Iterable[Problem]:
    at, latest = ("exceptions", index), today + timedelta(days=LONGEST_DAYS)
    what = f"the exception of {exception.check} for {exception.resource}"
    resources = {finding.key for finding in covered}
    if not resources:
        yield located.problem(at, f"{what} is not used", remedy="delete it")
    elif len(resources) != exception.covers:
        yield located.problem(
            (*at, "covers"),
            f"{what} covers {len(resources)} resources, not {exception.covers}",
            remedy=f"mend the new ones, or write covers: {len(resources)} after a review",
        )
    if exception.expires < today:
        yield located.problem(
            (*at, "expires"),
            f"{what} expired on {exception.expires}",
            remedy="mend what it accepts, or review it and write a new date",
        )
    elif exception.expires > latest:
        yield located.problem(
            (*at, "expires"),
            f"{what} expires on {exception.expires}, more than a year ahead",
            remedy=f"write a date up to {latest}",
        )
