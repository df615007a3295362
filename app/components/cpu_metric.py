"""How much of its provisioned CPU a release colour uses, as metric math over what it measured."""

# ruff: noqa: E501 - the bindings' generated names are longer than a line

from __future__ import annotations

from collections.abc import Mapping

from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecification as Specification,
)
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetrics as Query,
)
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStat as Stat,
)
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetric as Metric,
)
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetricDimensions as Dimension,
)

from app.config.environment import Environment

# Lambda gives a function CPU in proportion to its memory: one whole vCPU at this size.
MEGABYTES_OF_ONE_CPU = 1769


def cpu_of_capacity(*, environment: Environment, function_name: str, colour: str) -> Specification:
    """Return the metric CPU x running copies / provisioned copies, in percent of their CPU.

    What the function measures of a request does not fall when copies are added, which target
    tracking needs; times the share of copies that run, it does. A colour without requests measures
    no CPU, which counts as none: else it would never shrink.
    """
    share = environment.service.memory_megabytes / MEGABYTES_OF_ONE_CPU
    measured = {"Environment": environment.name, "Site": "aws", "Colour": colour}
    provisioned = {"FunctionName": function_name, "Resource": f"{function_name}:{colour}"}
    return Specification(
        metrics=[
            Query(
                id="load",
                label="CPU of the provisioned capacity, percent",
                expression=f"FILL(cpu, 0) * busy / {share:.3f}",
                return_data=True,
            ),
            _query("cpu", "Payshift", "CpuUtilization", measured),
            _query("busy", "AWS/Lambda", "ProvisionedConcurrencyUtilization", provisioned),
        ]
    )


def _query(id_: str, namespace: str, name: str, dimensions: Mapping[str, str]) -> Query:
    metric = Metric(
        namespace=namespace,
        metric_name=name,
        dimensions=[Dimension(name=key, value=value) for key, value in dimensions.items()],
    )
    return Query(id=id_, metric_stat=Stat(metric=metric, stat="Average"), return_data=False)
