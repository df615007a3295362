"""What a probe is, and what it answers."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import Any, Protocol, TypeVar

from app.errors import PayshiftError


class Outcome(StrEnum):
    """`unknown` means that nobody could look; it is never a pass."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One answer: about what, how it is, and what helps if it is not well."""

    subject: str
    outcome: Outcome
    message: str
    remedy: str = ""

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "subject": self.subject,
            "outcome": self.outcome.value,
            "message": self.message,
            "remedy": self.remedy,
        }


def judged(*, passed: bool, subject: str, message: str, remedy: str) -> Line:
    """Return a line that passed, or that failed with its remedy."""
    outcome = Outcome.PASSED if passed else Outcome.FAILED
    return Line(subject=subject, outcome=outcome, message=message, remedy="" if passed else remedy)


def unknown(*, subject: str, message: str, remedy: str) -> Line:
    """Return a line about what could not be looked at."""
    return Line(subject=subject, outcome=Outcome.UNKNOWN, message=message, remedy=remedy)


ContextT_contra = TypeVar("ContextT_contra", contravariant=True)
ContextT = TypeVar("ContextT")


class Probe(Protocol[ContextT_contra]):
    """One question. `remedy` is what helps when nothing can be said at all."""

    title: str
    remedy: str

    def look(self, context: ContextT_contra) -> Iterable[Line]:
        """Look, and answer. What it raises makes the answer unknown."""
        ...


def discover(package: ModuleType) -> Mapping[str, Probe[Any]]:
    """Return every PROBE of a package by the name of its module; a new file is a new probe."""
    found: dict[str, Probe[Any]] = {}
    for module in pkgutil.iter_modules(package.__path__):
        probe = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "PROBE", None)
        if probe is not None:
            found[module.name] = probe
    return found


def run_probe(probe: Probe[ContextT], context: ContextT) -> tuple[Line, ...]:
    """Run one probe; whatever it raises becomes one line that is unknown."""
    try:
        return tuple(probe.look(context))
    except PayshiftError as error:
        message, remedy = error.message, error.remedy or probe.remedy
    except Exception as error:  # noqa: BLE001 - nothing is known then; the other probes go on
        message, remedy = f"{type(error).__name__}: {error}", probe.remedy
    return (unknown(subject=probe.title, message=message, remedy=remedy),)
