"""The two variables of a phase workspace, which keep its synthesized code constant."""

from __future__ import annotations

from collections.abc import Mapping

from cdktf import TerraformVariable, TerraformVariableValidationConfig
from constructs import Construct


def phase_variables(scope: Construct) -> Mapping[str, str]:
    """Declare `run_id` and `from_phase`; return them as CloudFormation parameters."""
    run_id = TerraformVariable(
        scope,
        "run_id",
        type="string",
        nullable=False,
        description="Names this run; sorts by time. A new value runs the gates and the handover.",
        validation=[
            TerraformVariableValidationConfig(
                condition='${can(regex("^[0-9A-Za-z.-]{1,64}$", var.run_id))}',
                error_message="run_id must be 1 to 64 letters, digits, dots and hyphens.",
            )
        ],
    )
    from_phase = TerraformVariable(
        scope,
        "from_phase",
        type="number",
        nullable=False,
        description="Number of the phase that production is in; -1 when it is in none yet.",
        validation=[
            TerraformVariableValidationConfig(
                condition="${var.from_phase >= -1 && var.from_phase <= 100}",
                error_message="from_phase must be -1, or the number of a phase from 0 to 100.",
            )
        ],
    )
    return {"FromPhase": from_phase.string_value, "RunId": run_id.string_value}
