"""Applies the workspaces that live as long as the target, each as soon as it can be."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.errors import InputError
from app.pipeline.apply import Tools
from app.pipeline.evidence import new_run_id
from app.pipeline.recorded import origin, planned, prefixed, recorded
from app.pipeline.workspaces import Workspaces, initialise

Needs = Mapping[str, frozenset[str]]
# Applied once, with a state of its own kind, before there is a target.
_BOOTSTRAP = "bootstrap"


def foundation_needs(workspaces: Workspaces, *, only: Sequence[str] = ()) -> Needs:
    """Return the foundation workspaces, each with those that must be applied before it.

    With `only`, no others: what they need besides is taken to be there. InputError for a name
    that is none of the foundation.
    """
    needs = workspaces.dependencies
    known = sorted(name for name in needs if not _is_phase(name) and name != _BOOTSTRAP)
    for name in only:
        if name not in known:
            message = f"there is no foundation workspace {name!r}"
            raise InputError(message, remedy=f"write one of {', '.join(known)}")
    chosen = frozenset(only or known)
    return {name: needs[name] & chosen for name in known if name in chosen}


def apply_foundation(tools: Tools, *, only: Sequence[str] = ()) -> dict[str, float]:
    """Apply the foundation, or the workspaces of it that `only` names; returns seconds by name.

    A workspace starts when all that it needs are done; those that do not need each other run side
    by side. The first error is raised once all that run have ended; nothing is started after it.
    Evidence says what was applied; while there is no bucket for it, it is stored at the end.
    Beside the whole foundation the phases are made ready: it waits most of the time, and the first
    step to a phase is then as quick as the next ones.
    """
    needs = foundation_needs(tools.workspaces, only=only)
    directories = initialise(
        tools.terraform, tools.workspaces, list(needs), progress=tools.progress
    )
    with _told(tools) as telling:
        return _apply_all(telling, needs, directories, only=only)


@contextmanager
def _told(tools: Tools) -> Iterator[Tools]:
    """Hold the evidence back while its bucket is one of the things that are made."""
    if tools.evidence.has_bucket():
        yield tools
        return
    held = tools.evidence.held_back()
    try:
        yield replace(tools, evidence=held)
    finally:
        held.release(progress=tools.progress)


def _apply_all(
    tools: Tools, needs: Needs, directories: Mapping[str, Path], *, only: Sequence[str]
) -> dict[str, float]:
    others = [name for name in tools.workspaces.names if _is_phase(name) and not only]
    with ThreadPoolExecutor(max_workers=len(needs) + 1) as pool:
        try:
            # One after the other: they shall not slow down what is waited for.
            beside = pool.submit(_make_ready, tools, others)
            seconds = _apply_in_order(tools, needs, directories, pool)
            beside.result()
        except KeyboardInterrupt:
            tools.terraform.interrupt()
            raise
    return seconds


def _apply_in_order(
    tools: Tools, needs: Needs, directories: Mapping[str, Path], pool: ThreadPoolExecutor
) -> dict[str, float]:
    seconds: dict[str, float] = {}
    running: dict[Future[float], str] = {}
    failure: BaseException | None = None
    while True:
        started = {*seconds, *running.values()}
        if failure is None:
            for name, needed in needs.items():
                if name not in started and needed <= seconds.keys():
                    running[pool.submit(_apply, tools, name, directories[name])] = name
        if not running:
            break
        for done in wait(running, return_when=FIRST_COMPLETED).done:
            name, error = running.pop(done), done.exception()
            if error is None:
                seconds[name] = done.result()
            failure = failure or error
    if failure is not None:
        raise failure
    return seconds


def _apply(tools: Tools, name: str, directory: Path) -> float:
    begun = time.monotonic()
    plan = tools.terraform.plan(directory)
    tools.progress(f"{name}: {plan.summary}")
    if not plan.summary.empty:
        record = {**origin(tools), **planned(plan), "workspace": name}
        if tools.judge:
            record["review"] = tools.judge(tools.terraform, plan, None)
        # Not required: what evidence needs is a part of the foundation itself.
        with recorded(tools, record, run_id=new_run_id(), begun=begun, required=False):
            tools.terraform.apply(plan, progress=prefixed(name, tools.progress))
    seconds = round(time.monotonic() - begun, 3)
    tools.progress(f"{name}: applied in {seconds:.1f} s")
    return seconds


def _make_ready(tools: Tools, names: Sequence[str]) -> None:
    for name in names:
        initialise(tools.terraform, tools.workspaces, [name])


def _is_phase(name: str) -> bool:
    return name.startswith("phase-")
