"""Provisioned copies of a function behind an alias, as many as the load asks for."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicy,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification,
)
from cdktf_cdktf_provider_aws.appautoscaling_target import AppautoscalingTarget
from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
from cdktf_cdktf_provider_aws.lambda_provisioned_concurrency_config import (
    LambdaProvisionedConcurrencyConfig,
)
from constructs import Construct

from app.components.cpu_metric import cpu_of_capacity
from app.config.environment import Environment

# Grow at once, shrink slowly: a copy too many costs a cent, one too few costs a cold start.
SCALE_OUT_SECONDS = 30
SCALE_IN_SECONDS = 300

Tracking = AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration
Predefined = (
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification
)


class ElasticAlias(Construct):
    """Keeps `minimum` to `maximum` copies of a release colour ready.

    Two targets are tracked, CPU and the share of copies that run; the one that wants more wins.
    A colour that waits is held at the minimum, so that it serves at once when weight moves to it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        environment: Environment,
        function_name: str,
        alias: LambdaAlias,
    ) -> None:
        super().__init__(scope, id_)
        bounds = environment.service.provisioned_concurrency
        ready = LambdaProvisionedConcurrencyConfig(
            self,
            "ready",
            function_name=function_name,
            qualifier=alias.name,
            provisioned_concurrent_executions=bounds.minimum,
            # The autoscaling owns the number from then on.
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=["provisioned_concurrent_executions"]
            ),
        )
        self._target = AppautoscalingTarget(
            self,
            "bounds",
            service_namespace="lambda",
            scalable_dimension="lambda:function:ProvisionedConcurrency",
            resource_id=f"function:{function_name}:{alias.name}",
            min_capacity=bounds.minimum,
            max_capacity=bounds.maximum,
            depends_on=[ready],
        )
        colour = alias.name_input or id_
        self._track(
            "cpu",
            Tracking(
                customized_metric_specification=cpu_of_capacity(
                    environment=environment, function_name=function_name, colour=colour
                ),
                target_value=bounds.cpu_target_percent,
                scale_out_cooldown=SCALE_OUT_SECONDS,
                scale_in_cooldown=SCALE_IN_SECONDS,
            ),
        )
        self._track(
            "use",
            Tracking(
                predefined_metric_specification=Predefined(
                    predefined_metric_type="LambdaProvisionedConcurrencyUtilization"
                ),
                # Lambda reports this one as a share of one.
                target_value=bounds.use_target_percent / 100,
                scale_out_cooldown=SCALE_OUT_SECONDS,
                scale_in_cooldown=SCALE_IN_SECONDS,
            ),
        )

    def _track(self, id_: str, configuration: Tracking) -> None:
        AppautoscalingPolicy(
            self,
            id_,
            name=id_,
            policy_type="TargetTrackingScaling",
            service_namespace=self._target.service_namespace,
            scalable_dimension=self._target.scalable_dimension,
            resource_id=self._target.resource_id,
            target_tracking_scaling_policy_configuration=configuration,
        )
