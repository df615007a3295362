"""The workspace `service`: release colours, their images, and how many copies they have."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

from app.config.loading import load_environment
from app.main import synthesize
from tests.synth.service import APIS, ENGINE, function
from tests.synth.service import FUNCTIONS as FUNCTION_NAMES
from tests.synth.workspaces import PHASES, Json, Synthesized, Workspace

COLOURS = ("blue", "green")
FUNCTIONS = {colour: f"payshift-production-payment-api-{colour}" for colour in COLOURS}
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
            == f"function:{FUNCTIONS[colour]}:${{aws_lambda_alias.alias_{colour}.name}}"
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
                {
                    "FunctionName": FUNCTIONS[colour],
                    "Resource": f"{FUNCTIONS[colour]}:{colour}",
                },
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


def test_each_colour_is_a_function_of_its_own_with_the_copies_of_its_one_alias(
    service: Workspace,
) -> None:
    # AWS: "Two aliases can't allocate provisioned concurrency for the same version."
    aliases = service.resources("aws_lambda_alias")
    copies = service.resources("aws_lambda_provisioned_concurrency_config")
    for colour in COLOURS:
        name = f"${{aws_lambda_function.payment_api_{colour}_function.function_name}}"
        assert aliases[f"alias_{colour}"]["function_name"] == name
        assert copies[f"copies_{colour}_ready"]["function_name"] == FUNCTIONS[colour]
    assert len({one["function_name"] for one in aliases.values()}) == len(aliases) == 2
    assert len({one["function_name"] for one in copies.values()}) == len(copies) == 2


def test_a_colour_runs_the_version_that_its_function_published_last(service: Workspace) -> None:
    for colour in COLOURS:
        alias = service.resource(f"aws_lambda_alias.alias_{colour}")
        published = f"${{aws_lambda_function.payment_api_{colour}_function.version}}"
        assert alias["function_version"] == published
        assert "lifecycle" not in alias


def test_an_image_for_the_idle_colour_changes_no_other_function_and_weights_change_none(
    tmp_path: Path,
) -> None:
    blue, green, engine = (f"sha256:{digit * 64}" for digit in "abc")
    before = synthesized(tmp_path / "before", blue=blue, green=blue, engine=engine, weight=100)
    trial = synthesized(tmp_path / "trial", blue=blue, green=green, engine=engine, weight=100)
    moved = synthesized(tmp_path / "moved", blue=blue, green=green, engine=engine, weight=0)
    assert images(before) == {**dict.fromkeys(ENGINE, engine), APIS[0]: blue, APIS[1]: blue}
    assert images(trial) == images(before) | {APIS[1]: green}
    assert images(moved) == images(trial)
    for kind in ("aws_lambda_function", "aws_lambda_alias"):
        assert moved.resources(kind) == trial.resources(kind)


def synthesized(directory: Path, *, blue: str, green: str, engine: str, weight: int) -> Workspace:
    phases = Path(copytree(PHASES, directory / "phases"))
    (phases / "release.yaml").write_text(
        f"images: {{blue: '{blue}', green: '{green}', engine: '{engine}'}}\n"
        f"weights: {{blue: {weight}, green: {100 - weight}}}\n",
        encoding="utf-8",
    )
    environment, output = load_environment("local"), directory / "out"
    order = synthesize(environment=environment, phases=phases, output=output)
    return Synthesized(output, order)["service"]


def images(service: Workspace) -> dict[str, str]:
    """The digest that each function runs."""
    return {name: function(service, name)["image_uri"].partition("@")[2] for name in FUNCTION_NAMES}


def test_no_alias_splits_requests_itself(service: Workspace) -> None:
    # An alias with provisioned copies refuses a new version and weights in one change.
    for alias in service.resources("aws_lambda_alias").values():
        assert "routing_config" not in alias
