"""Tags of the services whose tags moto lacks."""

from __future__ import annotations

import pytest

from tests.local.world import World

pytestmark = pytest.mark.slow


def test_a_budget_keeps_its_tags(world: World) -> None:
    budgets = world.client("budgets")
    budgets.create_budget(
        AccountId="123456789012",
        Budget={
            "BudgetName": "monthly",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "3000", "Unit": "USD"},
        },
        ResourceTags=[{"Key": "owner", "Value": "payments"}],
    )
    arn = "arn:aws:budgets::123456789012:budget/monthly"
    budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "phase", "Value": "10"}])
    budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["owner"])

    tags = budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"]
    assert tags == [{"Key": "phase", "Value": "10"}]


def test_a_scalable_target_keeps_its_tags(world: World) -> None:
    scaling = world.client("application-autoscaling")
    arn = scaling.register_scalable_target(
        ServiceNamespace="lambda",
        ResourceId="function:echo:blue",
        ScalableDimension="lambda:function:ProvisionedConcurrency",
        MinCapacity=2,
        MaxCapacity=10,
        Tags={"owner": "payments"},
    )["ScalableTargetARN"]

    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"owner": "payments"}
