"""Asks every probe of the doctor, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import InputError
from app.pipeline.doctor import probes
from app.pipeline.doctor.context import DoctorContext
from app.pipeline.probing.base import Line, Probe, discover, run_probe
from app.pipeline.probing.report import Report
from app.pipeline.report import Progress, silent


def chosen_probes(only: Sequence[str]) -> Mapping[str, Probe[Any]]:
    """Return the probes that `only` names, all without it. InputError for one that is none."""
    known = discover(probes)
    for name in only:
        if name not in known:
            message = f"there is no probe {name!r}"
            raise InputError(message, remedy=f"write one of {', '.join(sorted(known))}")
    return {name: probe for name, probe in known.items() if not only or name in only}


def examine(
    context: DoctorContext, *, only: Sequence[str] = (), progress: Progress = silent
) -> Report:
    """Run the probes; nothing that they ask changes anything."""
    lines: dict[str, Sequence[Line]] = {}
    for name, probe in chosen_probes(only).items():
        progress(f"looking at: {probe.title}")
        lines[name] = run_probe(probe, context)
    return Report(lines)
