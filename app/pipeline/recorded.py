"""Two records of evidence around an apply: what it sets out to do, and how it ended."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app.errors import PayshiftError, TerraformFailed
from app.pipeline.evidence import DONE, FINISHED, STARTED, who
from app.pipeline.gates import gate_reasons
from app.pipeline.report import Progress
from app.pipeline.terraform import Plan

if TYPE_CHECKING:
    from app.pipeline.apply import Tools


def origin(tools: Tools) -> dict[str, Any]:
    """Return what every record says: who, and from which commit."""
    return {"who": who(), "commit": tools.commit}


def planned(plan: Plan) -> dict[str, Any]:
    """Return what a record says of the plan that is applied."""
    return {
        "plan": plan.summary.as_record(),
        "plan_digest": hashlib.sha256(plan.file.read_bytes()).hexdigest(),
    }


@contextmanager
def recorded(
    tools: Tools, record: Mapping[str, Any], *, run_id: str, begun: float, required: bool
) -> Iterator[None]:
    """Record what the block does before and after it; its seconds count from `begun`.

    The block does not begin when the first record cannot be stored and is `required`. Whatever
    happens in it, evidence says how the run ended.
    """
    tools.evidence.write(run_id, STARTED, record, required=required, progress=tools.progress)
    outcome, reasons = "interrupted", tuple[str, ...]()
    try:
        yield
        outcome = DONE
    except PayshiftError as error:
        reasons = gate_reasons(error) if isinstance(error, TerraformFailed) else ()
        outcome = "refused" if reasons else "failed"
        reasons = reasons or (error.message,)
        raise
    finally:
        seconds = round(time.monotonic() - begun, 3)
        ending = {**record, "outcome": outcome, "reasons": list(reasons), "seconds": seconds}
        tools.evidence.write(run_id, FINISHED, ending, required=False, progress=tools.progress)


def prefixed(name: str, progress: Progress) -> Progress:
    """Tell progress of a workspace by its name: others may run beside it."""
    return lambda line: progress(f"{name}: {line}")
