"""Whatever grows, the bill never falls."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.config.cost import Usage
from tests.pipeline.cost.billing import USAGE, Resources, estimate_of, write

API = "payshift-production-payment-api-blue"
TARGET: Resources = {
    "aws_nat_gateway": {"a": {}},
    "aws_vpc_endpoint": {"s": {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b", "c"]}},
    "aws_flow_log": {"all": {}},
    "aws_vpn_connection": {"dc": {}},
    "aws_rds_cluster": {"c": {"enabled_cloudwatch_logs_exports": ["postgresql"]}},
    "aws_rds_cluster_instance": {"w": {"instance_class": "db.r6g.large", "monitoring_interval": 9}},
    "aws_dms_replication_instance": {"d": {"replication_instance_class": "dms.c5.large"}},
    "aws_dms_replication_task": {"forward": {}},
    "aws_lambda_function": {
        "api": {"function_name": API, "tracing_config": [{"mode": "Active"}]},
        "engine": {"function_name": "engine"},
    },
    "aws_appautoscaling_target": {"blue": {"resource_id": f"function:{API}:blue",
                                           "min_capacity": 2}},
    "aws_lb": {"e": {"subnets": ["a", "b", "c"]}},
    "aws_wafv2_web_acl": {"acl": {"rule": [{}]}},
    "aws_wafv2_web_acl_logging_configuration": {"log": {}},
    "aws_cloudwatch_log_group": {
        name: {"name": name, "retention_in_days": 365}
        for name in ("flow", "waf", "rds", "dms", "payment-api", "rest")
    },
    "aws_cloudwatch_query_definition": {"q": {}},
    "aws_kms_key": {"k": {"enable_key_rotation": True}},
    "aws_secretsmanager_secret": {"s": {}},
    "aws_route53_query_log": {"l": {}},
    "aws_route53_zone": {"z": {}},
    "aws_s3_bucket": {"b": {}},
    "aws_ecr_repository": {"r": {}},
    "aws_sns_topic": {"t": {}},
    "aws_sns_topic_subscription": {"s": {}},
    "aws_sqs_queue": {"q": {}},
    "aws_sfn_state_machine": {"m": {}},
}  # fmt: skip


def lines(usage: Usage = USAGE, resources: Resources = TARGET) -> list[float]:
    with tempfile.TemporaryDirectory() as name:
        found = estimate_of(write(Path(name), network=resources), usage=usage)
    return [line.usd for line in found.lines]


def usd(usage: Usage = USAGE, resources: Resources = TARGET) -> float:
    return sum(lines(usage, resources))


def test_every_figure_of_the_usage_profile_has_a_price() -> None:
    """A figure that changes nothing would be a promise that the bill does not keep."""
    before = usd()
    for name, value in USAGE.model_dump().items():
        more = Usage.model_validate({**USAGE.model_dump(), name: _more(name, value)})
        assert usd(more) > before, name


@settings(max_examples=30, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(USAGE.model_dump())))
def test_more_use_never_costs_less(data: st.DataObject, name: str) -> None:
    bounds = Usage.model_json_schema()["properties"][name]
    low = bounds.get("minimum", bounds.get("exclusiveMinimum", 0) + 0.001)
    numbers = (
        st.integers(low, bounds["maximum"])
        if bounds["type"] == "integer"
        else st.floats(low, bounds["maximum"])
    )
    less, more = sorted((data.draw(numbers), data.draw(numbers)))

    def price(value: float) -> list[float]:
        return lines(Usage.model_validate({**USAGE.model_dump(), name: value}))

    # Line by line: one that fell would else hide behind those that rose.
    for before, after in zip(price(less), price(more), strict=True):
        assert before <= after + 1e-6


@settings(max_examples=20, deadline=None)
@given(
    kind=st.sampled_from(sorted(set(TARGET) - {"aws_lambda_function"})),
    count=st.integers(1, 20),
)
def test_more_resources_never_cost_less(kind: str, count: int) -> None:
    original: dict[str, Any] = next(iter(TARGET[kind].values()))
    more = {**TARGET[kind], **{f"more{number}": original for number in range(count)}}
    assert usd(resources={**TARGET, kind: more}) >= usd() - 1e-6


def _more(name: str, value: float) -> float:
    most: float = Usage.model_json_schema()["properties"][name]["maximum"]
    return min(most, value + 1 if isinstance(value, int) else value * 1.5)
