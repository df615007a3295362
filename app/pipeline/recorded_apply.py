"""Applies a saved plan between two records of evidence: what it sets out to do, how it ended."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.errors import TerraformFailed
from app.pipeline.evidence import DONE, FINISHED, STARTED, who
from app.pipeline.gates import gate_reasons
from app.pipeline.terraform import Plan

if TYPE_CHECKING:
    from app.pipeline.apply import Tools


def origin(tools: Tools, plan: Plan) -> dict[str, Any]:
    """Return what every record of an apply says: who, from which commit, and which plan."""
    return {
        "who": who(),
        "commit": tools.commit,
        "plan": plan.summary.as_record(),
        "plan_digest": hashlib.sha256(plan.file.read_bytes()).hexdigest(),
    }


def apply_recorded(
    tools: Tools,
    plan: Plan,
    *,
    run_id: str,
    record: Mapping[str, Any],
    begun: float,
    required: bool,
) -> float:
    """Apply, and return the seconds since `begun` (`time.monotonic`).

    Nothing is applied when the first record cannot be stored and is `required`. TerraformFailed
    carries what failed; whatever happens, evidence says how the run ended.
    """
    progress = tools.progress
    tools.evidence.write(run_id, STARTED, record, required=required, progress=progress)
    outcome, reasons = "interrupted", tuple[str, ...]()
    try:
        tools.terraform.apply(plan, progress=lambda line: progress(f"{plan.workspace}: {line}"))
        outcome = DONE
    except TerraformFailed as error:
        reasons = gate_reasons(error)
        outcome = "refused" if reasons else "failed"
        reasons = reasons or (error.message,)
        raise
    finally:
        seconds = round(time.monotonic() - begun, 3)
        ending = {**record, "outcome": outcome, "reasons": list(reasons), "seconds": seconds}
        tools.evidence.write(run_id, FINISHED, ending, required=False, progress=progress)
    return seconds
