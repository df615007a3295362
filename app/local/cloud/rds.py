"""RDS: what moto leaves out or makes up of parameters, instances and clusters."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBCluster, DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

from app.local.cloud.replacing import replace

_FREE_HISTORY_DAYS = 7
# What AWS enrols a cluster in unless it is told otherwise.
_EXTENDED = "open-source-rds-extended-support"
_PREFIX = "performance_insights_"


def adapt() -> None:
    """Adapt moto's RDS."""
    describe = replace(RDSResponse, "describe_db_parameters", None)
    make = replace(DBInstance, "__init__", None)
    modify = replace(RDSBackend, "modify_db_instance", None)
    scaling = replace(DBCluster, "scaling_configuration_info", None)
    make_cluster = replace(DBCluster, "__init__", None)

    def describe_db_parameters(self: RDSResponse) -> ActionResult:
        result: ActionResult = describe(self)
        listed: Any = result.result
        # moto hands a view over, which nobody serializes, and does not say who set a value;
        # Terraform takes for its own only what a user set.
        return ActionResult(
            {"Parameters": [{**one, "Source": "user"} for one in listed["Parameters"]]}
        )

    def scaling_configuration_info(self: DBCluster) -> dict[str, Any] | None:
        """Tell it of a serverless cluster only; moto gives every cluster an empty one."""
        return scaling.fget(self) if self.scaling_configuration else None

    def cluster(self: Any, *arguments: object, **named: Any) -> None:  # noqa: ANN401 - as moto, with our attribute
        make_cluster(self, *arguments, **named)
        self.engine_lifecycle_support = named.get("engine_lifecycle_support") or _EXTENDED

    def make_instance(self: DBInstance, *arguments: object, **named: Any) -> None:  # noqa: ANN401 - as moto
        make(self, *arguments, **named)
        _remember(self, named)

    def modify_db_instance(self: RDSBackend, name: str, changes: dict[str, Any]) -> DBInstance:
        asked = dict(changes)
        instance: DBInstance = modify(self, name, changes)
        _remember(instance, asked)
        return instance

    replace(RDSResponse, "describe_db_parameters", describe_db_parameters)
    replace(DBCluster, "scaling_configuration_info", property(scaling_configuration_info))
    replace(DBCluster, "__init__", cluster)
    replace(DBInstance, "__init__", make_instance)
    replace(RDSBackend, "modify_db_instance", modify_db_instance)


def _remember(instance: Any, asked: dict[str, Any]) -> None:  # noqa: ANN401 - moto's class, with our attributes
    if asked.get("enable_performance_insights"):
        instance.performance_insights_enabled = True
        instance.performance_insights_kms_key_id = asked.get(f"{_PREFIX}kms_key_id")
        instance.performance_insights_retention_period = asked.get(
            f"{_PREFIX}retention_period", _FREE_HISTORY_DAYS
        )
