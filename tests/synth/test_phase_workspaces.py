"""A phase workspace: its graph, what it owns, and what it must never do."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest

from app.config.loading import load_environment, load_phases
from app.errors import ConfigError
from app.lambdas.validator.turn import MOST_TURNS
from app.main import synthesize
from tests.synth.workspaces import PHASES, Json, Synthesized, Workspace

PHASE_RESOURCES = {"aws_cloudformation_stack", "aws_route53_record", "aws_ssm_parameter"}
VALIDATION, HANDOVER = "Custom::MigrationValidation", "Custom::WriterHandover"


def stack(workspace: Workspace, stage: str) -> Json:
    return workspace.resource(f"aws_cloudformation_stack.{stage}")


def template(workspace: Workspace, stage: str) -> Json:
    document: Json = json.loads(stack(workspace, stage)["template_body"])
    return document


def steps(workspace: Workspace, stage: str) -> dict[str, Json]:
    resources: dict[str, Json] = template(workspace, stage)["Resources"]
    return resources


def writer(workspace: Workspace) -> str:
    value = json.loads(workspace.resource("aws_ssm_parameter.features")["insecure_value"])
    return str(value["features"]["writer"])


def test_with_the_writer_legacy_the_handover_comes_first_and_the_traffic_follows(
    production: Synthesized,
) -> None:
    for workspace in (one for one in production.phases() if writer(one) == "legacy"):
        before, after = steps(workspace, "before"), steps(workspace, "after")
        assert before["Handover"]["Type"] == HANDOVER
        assert before["Validation"]["Type"] == VALIDATION
        assert before["Validation"]["DependsOn"] == "Handover"
        assert before["Handover"]["Properties"]["Writer"] == "legacy"
        assert set(after) == {"Validation"}


def test_with_the_writer_aws_the_traffic_comes_first_and_the_handover_follows(
    production: Synthesized,
) -> None:
    before, after = (steps(production["phase-100"], stage) for stage in ("before", "after"))
    assert set(before) == {"Validation"}
    assert after["Validation"]["DependsOn"] == "Handover"
    assert after["Handover"]["Properties"]["Writer"] == "aws"


def test_the_records_and_features_lie_between_before_and_after(production: Synthesized) -> None:
    changed = {
        "aws_route53_record.weight_aws",
        "aws_route53_record.weight_legacy",
        "aws_ssm_parameter.features",
    }
    for workspace in production.phases():
        assert "depends_on" not in stack(workspace, "before")
        for address in changed:
            assert workspace.resource(address)["depends_on"] == ["aws_cloudformation_stack.before"]
        assert set(stack(workspace, "after")["depends_on"]) == changed


def test_the_handover_to_aws_waits_until_clients_have_forgotten_the_old_answer(
    production: Synthesized, local: Synthesized
) -> None:
    waits = {
        workspace.name: step["Properties"]["WaitSeconds"]
        for workspace in production.phases()
        for stage in ("before", "after")
        for name, step in steps(workspace, stage).items()
        if name == "Handover"
    }
    phases = load_phases(PHASES).phases
    assert waits == {one.name: 30 + 10 if one.features.writer == "aws" else 0 for one in phases}
    assert waits["phase-100"] == 30 + 10
    assert steps(local["phase-100"], "after")["Handover"]["Properties"]["WaitSeconds"] == 2 + 1


def test_only_the_run_id_and_where_it_came_from_are_left_to_the_run(
    production: Synthesized,
) -> None:
    for workspace in production.phases():
        assert set(workspace.json["variable"]) == {"from_phase", "run_id"}
        for stage in ("before", "after"):
            assert stack(workspace, stage)["parameters"] == {
                "FromPhase": "${var.from_phase}",
                "RunId": "${var.run_id}",
            }
            for step in steps(workspace, stage).values():
                assert step["Properties"]["RunId"] == {"Ref": "RunId"}
                assert step["Properties"]["FromPhase"] == {"Ref": "FromPhase"}


def test_the_limits_are_those_of_the_phase_file(production: Synthesized) -> None:
    for phase in load_phases(PHASES).phases:
        for stage, gate in (("before", phase.gates.before), ("after", phase.gates.after)):
            validation = steps(production[phase.name], stage)["Validation"]["Properties"]
            assert json.loads(validation["Limits"]) == gate.limits()
            assert validation["Stage"] == stage
            assert (validation["Phase"], validation["PhaseName"]) == (phase.phase, phase.name)


def test_a_target_leaves_out_what_it_has_no_figures_for_and_nothing_else(
    local: Synthesized,
) -> None:
    for phase in load_phases(PHASES).phases:
        for stage, gate in (("before", phase.gates.before), ("after", phase.gates.after)):
            validation = steps(local[phase.name], stage)["Validation"]["Properties"]
            left_out = set(gate.limits()) - set(json.loads(validation["Limits"]))
            assert left_out <= {"dms_validation_failures", "cost_forecast_percent"}


def test_a_gate_is_told_how_often_it_must_pass_and_how_long_to_wait(
    production: Synthesized,
) -> None:
    told = {
        name: steps(production[name], "after")["Validation"]["Properties"]
        for name in ("phase-0", "phase-100")
    }
    assert {name: one["ConsecutiveSuccesses"] for name, one in told.items()} == {
        "phase-0": 1,
        "phase-100": 2,
    }
    assert {one["LookSeconds"] for one in told.values()} == {15}


def test_the_functions_are_called_by_the_arns_that_they_will_have(production: Synthesized) -> None:
    prefix = "arn:aws:lambda:us-east-2:123456789012:function:payshift-production"
    for workspace in production.phases():
        for stage in ("before", "after"):
            for name, step in steps(workspace, stage).items():
                function = {"Validation": "validator", "Handover": "handover"}[name]
                assert step["Properties"]["ServiceToken"] == f"{prefix}-{function}"


def test_who_waits_longer_gives_up_later(production: Synthesized) -> None:
    functions = production["service"].resources("aws_lambda_function")
    runs = {
        "Validation": functions["validator_function"],
        "Handover": functions["handover_function"],
    }
    for workspace in production.phases():
        for stage in ("before", "after"):
            services = 0
            for name, step in steps(workspace, stage).items():
                properties = step["Properties"]
                work = properties["DeadlineSeconds"] + properties.get("WaitSeconds", 0)
                # A gate goes on in further invocations; a handover is one.
                turns = MOST_TURNS if name == "Validation" else 1
                assert work < turns * runs[name]["timeout"]
                assert max(work, runs[name]["timeout"]) < properties["ServiceTimeout"] <= 3600
                services += properties["ServiceTimeout"]
            for limit in stack(workspace, stage)["timeouts"].values():
                assert services < 60 * int(limit.removesuffix("m"))


def test_no_function_is_asked_to_run_longer_than_lambda_allows(production: Synthesized) -> None:
    for function in production["service"].resources("aws_lambda_function").values():
        assert function["timeout"] <= 900


def test_the_weights_are_those_of_the_phase_and_sum_to_a_hundred(production: Synthesized) -> None:
    for phase in load_phases(PHASES).phases:
        records = production[phase.name].resources("aws_route53_record")
        weights = {
            record["set_identifier"]: record["weighted_routing_policy"]["weight"]
            for record in records.values()
        }
        percent = phase.traffic.aws_percent
        assert weights == {"aws": percent, "legacy": 100 - percent}
        assert production[phase.name].json["output"] == {
            "phase": {"value": phase.name},
            "weights": {"value": weights},
        }


def test_all_phases_hold_the_same_two_records_and_the_same_parameter(
    production: Synthesized,
) -> None:
    for workspace in production.phases():
        records = workspace.resources("aws_route53_record")
        for site, target in (
            ("aws", "${data.aws_lb.entrance.dns_name}"),
            ("legacy", "legacy.payments.example.com"),
        ):
            record = records[f"weight_{site}"]
            assert (record["name"], record["type"]) == ("api.payments.example.com", "CNAME")
            assert (record["records"], record["ttl"]) == ([target], 30)
            assert record["zone_id"] == "${data.aws_route53_zone.zone.zone_id}"
            assert record["allow_overwrite"] is True
        features = workspace.resource("aws_ssm_parameter.features")
        assert features["name"] == "/payshift/production/features"
        assert features["overwrite"] is True


def test_what_phases_share_cannot_be_destroyed_and_stacks_can_be_replaced(
    production: Synthesized,
) -> None:
    for workspace in production.phases():
        for kind in ("aws_route53_record", "aws_ssm_parameter"):
            for resource in workspace.resources(kind).values():
                assert resource["lifecycle"] == {"prevent_destroy": True}
        for one in workspace.resources("aws_cloudformation_stack").values():
            assert "lifecycle" not in one


def test_a_stack_that_could_not_be_created_does_not_stay(production: Synthesized) -> None:
    for workspace in production.phases():
        for stage in ("before", "after"):
            assert stack(workspace, stage)["on_failure"] == "DELETE"


def test_the_features_tell_the_payment_api_its_phase(production: Synthesized) -> None:
    value = production["phase-10"].resource("aws_ssm_parameter.features")["insecure_value"]
    assert json.loads(value) == {
        "phase": "phase-10",
        "number": 10,
        "aws_percent": 10,
        "features": {
            "writer": "legacy",
            "reads": "writer",
            "shadow_reads_percent": 100,
            "reverse_replication": False,
        },
    }


def test_a_phase_workspace_holds_phase_resources_and_nothing_else(production: Synthesized) -> None:
    for workspace in production.phases():
        assert workspace.kinds() == PHASE_RESOURCES
        assert set(workspace.json["data"]) == {"aws_lb", "aws_route53_zone"}


def test_a_new_phase_file_is_a_new_workspace(tmp_path: Path) -> None:
    directory = Path(copytree(PHASES, tmp_path / "phases"))
    text = (directory / "phase-10.yaml").read_text(encoding="utf-8")
    text = text.replace("phase: 10", "phase: 25").replace("aws_percent: 10", "aws_percent: 25")
    (directory / "phase-25.yaml").write_text(text, encoding="utf-8")
    environment, output = load_environment("local"), tmp_path / "out"
    order = synthesize(environment=environment, phases=directory, output=output)
    phases = tuple(name for name in order if name.startswith("phase-"))
    assert phases == ("phase-0", "phase-10", "phase-25", "phase-50", "phase-100")
    added = Synthesized(output, order)["phase-25"]
    record = added.resource("aws_route53_record.weight_aws")
    assert record["weighted_routing_policy"] == {"weight": 25}
    assert stack(added, "before")["name"] == "payshift-local-phase-25-before"


def test_a_wrong_phase_file_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    directory = Path(copytree(PHASES, tmp_path / "phases"))
    (directory / "live.yaml").write_text("live: phase-60\n", encoding="utf-8")
    output = tmp_path / "out"
    with pytest.raises(ConfigError, match="phase-60"):
        synthesize(environment=load_environment("local"), phases=directory, output=output)
    assert not output.exists()
