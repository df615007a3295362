"""The workspace `service`: release colours, their versions, and how many copies they have."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

from app.config.loading import load_environment
from app.main import synthesize
from tests.synth.workspaces import PHASES, Json, Synthesized, Workspace

COLOURS = ("blue", "green")
FUNCTION = "payshift-production-payment-api"
TRACKING = "target_tracking_scaling_policy_configuration"


def policy(service: Workspace, colour: str, name: str) -> Json:
    return service.resource(f"aws_appautoscaling_policy.copies_{colour}_{name}")


def test_each_colour_has_between_two_and_ten_copies(service: Workspace) -> None:
    for colour in COLOURS:
        target = service.resource(f"aws_appautoscaling_target.copies_{colour}_bounds")
        assert (target["min_capacity"], target["max_capacity"]) == (2, 10)
        assert target["service_namespace"] == "lambda"
        assert target["scalable_dimension"] == "lambda:function:ProvisionedConcurrency"
        assert (
            target["resource_id"]
            == f"function:{FUNCTION}:${{aws_lambda_alias.alias_{colour}.name}}"
        )


def test_the_autoscaling_owns_the_number_of_copies_once_they_are_there(service: Workspace) -> None:
    for colour in COLOURS:
        ready = service.resource(f"aws_lambda_provisioned_concurrency_config.copies_{colour}_ready")
        assert ready["qualifier"] == f"${{aws_lambda_alias.alias_{colour}.name}}"
        assert ready["provisioned_concurrent_executions"] == 2
        assert ready["lifecycle"] == {"ignore_changes": ["provisioned_concurrent_executions"]}


def test_copies_follow_the_cpu_that_the_colour_measured_itself(service: Workspace) -> None:
    for colour in COLOURS:
        tracking = policy(service, colour, "cpu")[TRACKING]
        assert tracking["target_value"] == 60
        load, *parts = tracking["customized_metric_specification"]["metrics"]
        # 1024 MB get 1024 / 1769 of a vCPU.
        assert load["expression"] == "FILL(cpu, 0) * busy / 0.579"
        assert [load["return_data"], *(part["return_data"] for part in parts)] == [
            True,
            False,
            False,
        ]
        assert {part["id"]: metric(part) for part in parts} == {
            "cpu": (
                "Payshift/CpuUtilization",
                "Average",
                {"Environment": "production", "Site": "aws", "Colour": colour},
            ),
            "busy": (
                "AWS/Lambda/ProvisionedConcurrencyUtilization",
                "Average",
                {"FunctionName": FUNCTION, "Resource": f"{FUNCTION}:{colour}"},
            ),
        }


def metric(part: Json) -> tuple[str, str, dict[str, str]]:
    """Name, statistic and dimensions of a metric that takes part in an expression."""
    found = part["metric_stat"]["metric"]
    dimensions = {one["name"]: one["value"] for one in found["dimensions"]}
    return f"{found['namespace']}/{found['metric_name']}", part["metric_stat"]["stat"], dimensions


def test_copies_follow_how_many_of_them_run(service: Workspace) -> None:
    for colour in COLOURS:
        tracking = policy(service, colour, "use")[TRACKING]
        assert tracking["predefined_metric_specification"] == {
            "predefined_metric_type": "LambdaProvisionedConcurrencyUtilization"
        }
        assert tracking["target_value"] == 0.7


def test_both_policies_add_copies_faster_than_they_take_them(service: Workspace) -> None:
    for colour in COLOURS:
        for name in ("cpu", "use"):
            one = policy(service, colour, name)
            assert one["policy_type"] == "TargetTrackingScaling"
            assert one["resource_id"] == (
                f"${{aws_appautoscaling_target.copies_{colour}_bounds.resource_id}}"
            )
            assert one[TRACKING]["scale_out_cooldown"] == 30
            assert one[TRACKING]["scale_in_cooldown"] == 300
            assert "disable_scale_in" not in one[TRACKING]


def test_the_colour_that_serves_keeps_its_version_and_the_idle_one_takes_the_newest(
    service: Workspace,
) -> None:
    blue, green = (service.resource(f"aws_lambda_alias.alias_{one}") for one in ("blue", "green"))
    assert blue["lifecycle"] == {"ignore_changes": ["function_version"]}
    assert "lifecycle" not in green
    newest = "${aws_lambda_function.payment_api_function.version}"
    assert blue["function_version"] == green["function_version"] == newest


def test_moving_the_weight_makes_the_other_colour_keep_its_version(tmp_path: Path) -> None:
    directory = Path(copytree(PHASES, tmp_path / "phases"))
    release = directory / "release.yaml"
    text = release.read_text(encoding="utf-8").replace(
        "{blue: 100, green: 0}", "{blue: 0, green: 100}"
    )
    release.write_text(text, encoding="utf-8")
    environment, output = load_environment("local"), tmp_path / "out"
    order = synthesize(environment=environment, phases=directory, output=output)
    aliases = Synthesized(output, order)["service"].resources("aws_lambda_alias")
    assert "lifecycle" not in aliases["alias_blue"]
    assert aliases["alias_green"]["lifecycle"] == {"ignore_changes": ["function_version"]}


def test_no_alias_splits_requests_itself(service: Workspace) -> None:
    # An alias with provisioned copies refuses a new version and weights in one change.
    for alias in service.resources("aws_lambda_alias").values():
        assert "routing_config" not in alias
