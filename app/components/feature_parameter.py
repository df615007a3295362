"""The parameter from which the payment API learns its phase and features."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from app.config.phases import Phase


def feature_parameter(
    scope: Construct,
    id_: str,
    *,
    name: str,
    phase: Phase,
    depends_on: Sequence[ITerraformDependable],
) -> ITerraformDependable:
    """Write the phase's features as JSON. Shared by all phases: the last apply wins."""
    value = {
        "phase": phase.name,
        "number": phase.phase,
        "aws_percent": phase.traffic.aws_percent,
        "features": phase.features.model_dump(mode="json"),
    }
    return SsmParameter(
        scope,
        id_,
        name=name,
        type="String",
        # Not `value`, which plans hide: who reviews a phase shall read what changes.
        insecure_value=json.dumps(value, sort_keys=True),
        overwrite=True,
        # Owned by no single phase; the default tag would differ in every plan.
        tags={"workspace": "phase"},
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        depends_on=list(depends_on),
    )
