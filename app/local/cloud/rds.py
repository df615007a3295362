"""RDS: instance parameters are listed, and instances remember their Performance Insights."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBInstance
from moto.rds.responses import RDSResponse

from app.local.cloud.replacing import replace

_FREE_HISTORY_DAYS = 7
_PREFIX = "performance_insights_"


def adapt() -> None:
    """Adapt moto's RDS."""
    describe = replace(RDSResponse, "describe_db_parameters", None)
    make = replace(DBInstance, "__init__", None)

    def describe_db_parameters(self: RDSResponse) -> ActionResult:
        result: ActionResult = describe(self)
        listed: Any = result.result
        # moto hands a view over, which nobody serializes.
        return ActionResult({"Parameters": list(listed["Parameters"])})

    def remember(self: Any, *arguments: object, **named: Any) -> None:  # noqa: ANN401 - moto's class, with our attributes
        make(self, *arguments, **named)
        if named.get("enable_performance_insights"):
            self.performance_insights_enabled = True
            self.performance_insights_kms_key_id = named.get(f"{_PREFIX}kms_key_id")
            self.performance_insights_retention_period = named.get(
                f"{_PREFIX}retention_period", _FREE_HISTORY_DAYS
            )

    replace(RDSResponse, "describe_db_parameters", describe_db_parameters)
    replace(DBInstance, "__init__", remember)
