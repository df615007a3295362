"""RDS: instance parameters are listed, and instances remember their Performance Insights."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

from app.local.cloud.replacing import replace

_FREE_HISTORY_DAYS = 7
_PREFIX = "performance_insights_"


def adapt() -> None:
    """Adapt moto's RDS."""
    describe = replace(RDSResponse, "describe_db_parameters", None)
    make = replace(DBInstance, "__init__", None)
    modify = replace(RDSBackend, "modify_db_instance", None)

    def describe_db_parameters(self: RDSResponse) -> ActionResult:
        result: ActionResult = describe(self)
        listed: Any = result.result
        # moto hands a view over, which nobody serializes.
        return ActionResult({"Parameters": list(listed["Parameters"])})

    def make_instance(self: DBInstance, *arguments: object, **named: Any) -> None:  # noqa: ANN401 - as moto
        make(self, *arguments, **named)
        _remember(self, named)

    def modify_db_instance(self: RDSBackend, name: str, changes: dict[str, Any]) -> DBInstance:
        asked = dict(changes)
        instance: DBInstance = modify(self, name, changes)
        _remember(instance, asked)
        return instance

    replace(RDSResponse, "describe_db_parameters", describe_db_parameters)
    replace(DBInstance, "__init__", make_instance)
    replace(RDSBackend, "modify_db_instance", modify_db_instance)


def _remember(instance: Any, asked: dict[str, Any]) -> None:  # noqa: ANN401 - moto's class, with our attributes
    if asked.get("enable_performance_insights"):
        instance.performance_insights_enabled = True
        instance.performance_insights_kms_key_id = asked.get(f"{_PREFIX}kms_key_id")
        instance.performance_insights_retention_period = asked.get(
            f"{_PREFIX}retention_period", _FREE_HISTORY_DAYS
        )
