"""Who wrote a version of a state: the run of the evidence during which it was written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from app.errors import WorldError
from app.pipeline.aws import translated
from app.pipeline.evidence import FINISHED, STARTED, Evidence, Record
from app.pipeline.report import Progress
from app.pipeline.state.versions import StateVersion

# The clocks of S3 and of whoever ran differ a little, and S3 rounds to whole seconds.
CLOCK_DIFFERENCE = timedelta(seconds=5)
# As many workspaces of the foundation may be applied at once, and then some.
_LOOKED_AT = 8
_RUN_TIME = "%Y%m%dT%H%M%S.%fZ"


class Authors:
    """Looks runs up by time."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        with translated("listing the evidence"):
            begun = ((_begun(run_id), run_id) for run_id in evidence.runs())
            self._runs = sorted((at, run_id) for at, run_id in begun if at is not None)

    def of(self, workspace: str, *, written: datetime) -> str:
        """Return who wrote the version of `workspace` of that moment; empty when unknown."""
        end = bisect_right(self._runs, written + CLOCK_DIFFERENCE, key=lambda one: one[0])
        for begun, run_id in reversed(self._runs[max(0, end - _LOOKED_AT) : end]):
            with translated(f"reading the evidence of {run_id}"):
                started = self._evidence.read(run_id, STARTED)
                if started is None or _workspace(started) != workspace:
                    continue
                finished = self._evidence.read(run_id, FINISHED)
            if finished is None or written <= _ended(begun, finished) + CLOCK_DIFFERENCE:
                return str(started.get("who", ""))
        return ""


def authors_of(
    workspace: str, versions: Sequence[StateVersion], *, evidence: Evidence, progress: Progress
) -> list[str]:
    """Return who wrote each version; empty names, and a word, when evidence cannot be read.

    The role `restore` reads states and nothing else: what was when is known without who.
    """
    try:
        authors = Authors(evidence)
        return [authors.of(workspace, written=one.written) for one in versions]
    except WorldError as error:
        progress(f"{error.message}: who wrote a version is not said")
        return ["" for _ in versions]


def _begun(run_id: str) -> datetime | None:
    try:
        return datetime.strptime(run_id.rpartition("-")[0], _RUN_TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def _ended(begun: datetime, finished: Record) -> datetime:
    return begun + timedelta(seconds=float(finished.get("seconds", 0)))


def _workspace(started: Record) -> str:
    return str(started.get("workspace") or f"phase-{started.get('phase')}")
