"""What functions, their scaling, alarms, logs and messages cost, computed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.pipeline.cost.prices import Unpriced
from app.pipeline.cost.resource import Unresolvable
from tests.pipeline.cost.billing import Resources, bill

API = "payshift-production-payment-api-blue"


def functions(*, architecture: str = "arm64", provisioned: int = 0) -> Resources:
    api = {
        "function_name": API, "memory_size": 1024, "architectures": [architecture],
        "tracing_config": [{"mode": "Active"}],
    }  # fmt: skip
    engine = {"memory_size": 512, "architectures": [architecture]}
    resources: Resources = {
        "aws_lambda_function": {
            "api": api,
            "validator": {**engine, "function_name": "payshift-production-validator"},
            "handover": {**engine, "function_name": "payshift-production-handover"},
        }
    }
    if provisioned:
        config = {
            "function_name": "${aws_lambda_function.api.function_name}",
            "qualifier": "blue",
            "provisioned_concurrent_executions": provisioned,
        }
        resources["aws_lambda_provisioned_concurrency_config"] = {"blue": config}
    return resources


def test_requests_are_those_of_the_payment_api_and_runs_those_of_the_engine(
    tmp_path: Path,
) -> None:
    assert bill(tmp_path, functions()) == {
        "aws_lambda_function.api: requests": 0.292,  # 1.46 million * 0.20
        # 1,460,000 * 0.1 s * 1 GB * 0.0000133334
        "aws_lambda_function.api: duration": 1.9467,
        "aws_lambda_function.api: request log": 1.46,  # 1,460,000 * 2 KB = 2.92 GB * 0.50
        "aws_lambda_function.api: custom metrics": 12.0,  # 40 * 0.30
        "aws_lambda_function.api: traces": 0.73,  # 0.146 million * 5
        "aws_lambda_function.validator: requests": 0.0001,
        # 500 * 30 s * 0.5 GB * 0.0000133334
        "aws_lambda_function.validator: duration": 0.1,
        "aws_lambda_function.validator: log": 1.5,  # 6 GB ÷ 2 * 0.50
        "aws_lambda_function.handover: requests": 0.0001,
        "aws_lambda_function.handover: duration": 0.1,
        "aws_lambda_function.handover: log": 1.5,
    }


def test_two_colours_share_the_requests_and_what_they_leave_behind(tmp_path: Path) -> None:
    one, resources = bill(tmp_path / "one", functions()), functions()
    api = resources["aws_lambda_function"]["api"]
    green = {**api, "function_name": API.replace("blue", "green")}
    resources["aws_lambda_function"]["green"] = green
    two = bill(tmp_path / "two", resources)
    for item in ("requests", "duration", "request log", "custom metrics", "traces"):
        half = one[f"aws_lambda_function.api: {item}"] / 2
        for name in ("api", "green"):
            assert two[f"aws_lambda_function.{name}: {item}"] == pytest.approx(half, abs=1e-4)
    for name in ("validator", "handover"):
        assert two[f"aws_lambda_function.{name}: log"] == 1.5


@pytest.mark.parametrize(
    ("architecture", "warm_usd", "duration_usd"),
    [
        # 2 * 730 * 3,600 s * 1 GB * 0.0000033333; 146,000 GB-s * 0.0000077778
        ("arm64", 17.5198, 1.1356),
        # … * 0.0000041667; … * 0.0000097222
        ("x86_64", 21.9002, 1.4194),
    ],
)
def test_provisioned_concurrency_costs_all_month_and_makes_duration_cheaper(
    tmp_path: Path, architecture: str, warm_usd: float, duration_usd: float
) -> None:
    found = bill(tmp_path, functions(architecture=architecture, provisioned=2))
    blue = "aws_lambda_provisioned_concurrency_config.blue: provisioned concurrency"
    assert found[blue] == warm_usd
    assert found["aws_lambda_function.api: duration"] == duration_usd


@pytest.mark.parametrize(
    ("minimum", "usd"),
    [
        (2, 1.2),  # 100 h at peaks * 3,600 s * 1 GB * 0.0000033333
        (3, 9.9599),  # and one more instance all month: 730 h
    ],
)
def test_scaling_costs_what_it_adds_to_the_configured_concurrency(
    tmp_path: Path, minimum: int, usd: float
) -> None:
    resources = functions(provisioned=2)
    resources["aws_appautoscaling_target"] = {
        "blue": {
            "resource_id": "function:${aws_lambda_function.api.function_name}:blue",
            "min_capacity": minimum,
            "max_capacity": 10,
        }
    }
    found = bill(tmp_path, resources)
    assert found["aws_appautoscaling_target.blue: provisioned concurrency"] == usd


def test_scaling_a_function_that_is_synthesized_nowhere_is_an_error(tmp_path: Path) -> None:
    target = {"resource_id": "function:nobody:blue", "min_capacity": 2}
    with pytest.raises(Unresolvable, match="scales nobody"):
        bill(tmp_path, {"aws_appautoscaling_target": {"blue": target}})


def test_a_larger_temporary_store_is_an_error(tmp_path: Path) -> None:
    resources = functions()
    resources["aws_lambda_function"]["validator"]["ephemeral_storage"] = {"size": 1024}
    with pytest.raises(Unpriced, match="its temporary store is above 512 MB"):
        bill(tmp_path, resources)


def test_target_tracking_costs_its_two_alarms(tmp_path: Path) -> None:
    policies = {
        "cpu": {"policy_type": "TargetTrackingScaling"},
        "steps": {"policy_type": "StepScaling"},
    }
    assert bill(tmp_path, {"aws_appautoscaling_policy": policies}) == {
        "aws_appautoscaling_policy.cpu: alarms of autoscaling": 0.20
    }


@pytest.mark.parametrize(
    ("alarm", "usd"),
    [
        ({"metric_name": "Lag", "period": 60}, 0.10),
        ({"metric_name": "Lag", "period": 10}, 0.30),
        ({"metric_query": [{"id": "rate", "expression": "e / r"},
                           {"id": "e", "metric": {"metric_name": "Errors"}},
                           {"id": "r", "metric": [{"metric_name": "Requests"}]}]}, 0.20),
        ({"metric_query": [{"id": "band", "expression": "ANOMALY_DETECTION_BAND(m)"},
                           {"id": "m", "metric": {"metric_name": "Latency"}}]}, 0.30),
    ],
)  # fmt: skip
def test_an_alarm_costs_for_each_metric(
    tmp_path: Path, alarm: dict[str, object], usd: float
) -> None:
    found = bill(tmp_path, {"aws_cloudwatch_metric_alarm": {"one": alarm}})
    assert found == {"aws_cloudwatch_metric_alarm.one: alarm": usd}


def test_dashboards_composites_and_saved_queries_cost(tmp_path: Path) -> None:
    resources: Resources = {
        "aws_cloudwatch_dashboard": {"progress": {}},
        "aws_cloudwatch_composite_alarm": {"any": {}},
        "aws_cloudwatch_query_definition": {"slow": {}, "refused": {}},
    }
    assert bill(tmp_path, resources) == {
        "aws_cloudwatch_composite_alarm.any: composite alarm": 0.50,
        "aws_cloudwatch_dashboard.progress: dashboard": 3.0,
        "aws_cloudwatch_query_definition.refused: searched logs": 0.25,  # 100 GB ÷ 2 * 0.005
        "aws_cloudwatch_query_definition.slow: searched logs": 0.25,
    }


@pytest.mark.parametrize(
    ("name", "usd"),
    [
        ("payshift-production-flow-log", 7.2),  # 20 GB * 12 months * 0.03
        ("aws-waf-logs-payshift", 2.628),  # 7.3 GB
        ("/aws/rds/cluster/payshift-production/postgresql", 2.88),  # 8 GB
        ("dms-tasks-payshift-production", 1.44),  # 4 GB
        (f"/aws/lambda/{API}", 1.0512),  # 2.92 GB
        ("/aws/route53/payments.example.com", 0.216),  # 3 million queries * 0.2 KB = 0.6 GB
        ("payshift-production-records", 2.16),  # 6 GB: the word rds inside records is none
    ],
)
def test_a_log_group_costs_what_its_retention_keeps(tmp_path: Path, name: str, usd: float) -> None:
    group = {"name": name, "retention_in_days": 360}
    found = bill(tmp_path, {"aws_cloudwatch_log_group": {"group": group}})
    assert found == {"aws_cloudwatch_log_group.group: kept logs": usd}


def test_messages_cost_by_what_is_sent(tmp_path: Path) -> None:
    resources: Resources = {
        "aws_sns_topic": {"alarms": {}},
        "aws_sns_topic_subscription": {"a": {"protocol": "email"}, "b": {"protocol": "email"}},
        "aws_sqs_queue": {"failures": {}},
    }
    assert bill(tmp_path, resources) == {
        "aws_sns_topic.alarms: notifications": 0.0025,  # 0.005 million * 0.50
        "aws_sns_topic_subscription.a: deliveries": 0.1,  # 5,000 ÷ 100,000 * 2
        "aws_sns_topic_subscription.b: deliveries": 0.1,
        "aws_sqs_queue.failures: requests": 0.2,  # 0.5 million * 0.40
    }


def test_parts_of_comparisons_are_runs_and_transitions(tmp_path: Path) -> None:
    resources = functions()
    resources["aws_lambda_function"]["parts"] = {
        "function_name": "payshift-production-comparison", "memory_size": 1024,
        "architectures": ["arm64"],
    }  # fmt: skip
    resources["aws_sfn_state_machine"] = {"machine": {"type": "STANDARD"}}
    found = bill(tmp_path, resources)
    assert found["aws_lambda_function.parts: requests"] == 0.0004  # 2,000 ÷ a million * 0.20
    # 2,000 * 30 s * 1 GB * 0.0000133334
    assert found["aws_lambda_function.parts: duration"] == 0.8
    assert found["aws_sfn_state_machine.machine: transitions"] == 0.15  # 6,000 * 0.025 ÷ 1,000
    # fact: the runs of the engine are shared by the others as before
    assert found["aws_lambda_function.validator: duration"] == 0.1


def test_an_express_workflow_has_no_price(tmp_path: Path) -> None:
    with pytest.raises(Unpriced, match="express workflow"):
        bill(tmp_path, {"aws_sfn_state_machine": {"machine": {"type": "EXPRESS"}}})
