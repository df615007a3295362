"""The workspace `service`: functions, their rights, colours and the entrance."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest

from app.config.loading import load_environment
from app.main import synthesize
from tests.synth.workspaces import PHASES, Json, Synthesized, Workspace

FUNCTIONS = ("payment_api", "validator", "handover")


@pytest.fixture(scope="module")
def service(production: Synthesized) -> Workspace:
    return production["service"]


def statements(service: Workspace, function: str) -> dict[str, Json]:
    policy = json.loads(service.resource(f"aws_iam_role_policy.{function}_role_policy")["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_the_functions_run_one_image_pinned_by_digest(service: Workspace) -> None:
    functions = service.resources("aws_lambda_function")
    assert set(functions) == {f"{name}_function" for name in FUNCTIONS}
    digest = "sha256:" + "0" * 64
    for name in FUNCTIONS:
        function = functions[f"{name}_function"]
        assert function["function_name"] == f"payshift-production-{name.replace('_', '-')}"
        assert function["package_type"] == "Image"
        assert function["image_uri"] == f"${{aws_ecr_repository.images.repository_url}}@{digest}"
        assert function["image_config"] == {"command": [f"app.lambdas.{name}.handler.handler"]}
        assert function["publish"] is True


def test_the_functions_live_in_the_app_subnets(service: Workspace) -> None:
    for function in service.resources("aws_lambda_function").values():
        assert function["vpc_config"] == {
            "security_group_ids": ["${aws_security_group.functions_group.id}"],
            "subnet_ids": "${data.aws_subnets.network_app.ids}",
        }


def test_the_payment_api_logs_in_as_the_application_and_the_engine_as_itself(
    service: Workspace,
) -> None:
    common = {
        "PAYSHIFT_ENVIRONMENT": "production",
        "PAYSHIFT_FEATURES_PARAMETER": "/payshift/production/features",
        "PAYSHIFT_SITE": "aws",
    }
    for name in FUNCTIONS:
        role = "app" if name == "payment_api" else "migration"
        own = (
            {"PAYSHIFT_HOLD_SECONDS": "5"}
            if name == "payment_api"
            else {"PAYSHIFT_EVIDENCE_BUCKET": "payshift-production-evidence-123456789012"}
        )
        function = service.resource(f"aws_lambda_function.{name}_function")
        assert function["environment"]["variables"] == common | own | {
            "PAYSHIFT_AWS_SECRET": f"payshift/production/aws/{role}",
            "PAYSHIFT_LEGACY_SECRET": f"payshift/production/legacy/{role}",
        }


def test_each_function_may_only_call_what_its_code_needs(service: Workspace) -> None:
    network = {"AttachToNetwork", "SeeNetwork", "WriteLogs"}
    assert {name: set(statements(service, name)) - network for name in FUNCTIONS} == {
        "payment_api": {"ReadLogins", "ReadFeatures"},
        "validator": {"ReadLogins", "ReadFeatures", "ReadMetrics", "KeepEvidence"},
        "handover": {"ReadLogins", "KeepEvidence"},
    }


def test_no_right_has_a_wildcard_where_aws_allows_something_narrower(service: Workspace) -> None:
    describe_only = {"SeeNetwork", "ReadMetrics"}
    for name in FUNCTIONS:
        for sid, statement in statements(service, name).items():
            assert not any("*" in action for action in statement["Action"])
            assert ("*" in statement["Resource"]) is (sid in describe_only)


def test_each_function_reads_only_the_logins_of_its_role(service: Workspace) -> None:
    secrets = "arn:aws:secretsmanager:us-east-2:123456789012:secret:payshift/production"
    for name in FUNCTIONS:
        role = "app" if name == "payment_api" else "migration"
        expected = [f"{secrets}/{site}/{role}-??????" for site in ("legacy", "aws")]
        assert statements(service, name)["ReadLogins"]["Resource"] == expected


def test_logs_are_kept_for_a_year(service: Workspace) -> None:
    groups = service.resources("aws_cloudwatch_log_group")
    assert {(group["name"], group["retention_in_days"]) for group in groups.values()} == {
        (f"/aws/lambda/payshift-production-{name.replace('_', '-')}", 365) for name in FUNCTIONS
    }


def test_images_are_scanned_and_their_tags_never_move(service: Workspace) -> None:
    repository = service.resource("aws_ecr_repository.images")
    assert repository["image_tag_mutability"] == "IMMUTABLE"
    assert repository["image_scanning_configuration"] == {"scan_on_push": True}


def test_clients_come_in_by_https_and_nothing_else_does(service: Workspace) -> None:
    rules = service.resources("aws_vpc_security_group_ingress_rule").values()
    assert [
        (rule["security_group_id"], rule["from_port"], rule["to_port"], rule["cidr_ipv4"])
        for rule in rules
    ] == [("${aws_security_group.entrance_group.id}", 443, 443, "0.0.0.0/0")]
    for group in service.resources("aws_security_group").values():
        assert "ingress" not in group
        assert "egress" not in group


def test_functions_reach_aws_and_the_databases_only(service: Workspace) -> None:
    rules = service.resources("aws_vpc_security_group_egress_rule").values()
    assert {rule["security_group_id"] for rule in rules} == {
        "${aws_security_group.functions_group.id}"
    }
    assert {(rule["from_port"], rule["to_port"], rule["cidr_ipv4"]) for rule in rules} == {
        (443, 443, "0.0.0.0/0"),
        (5432, 5432, "192.168.0.0/16"),
        (5432, 5432, "10.0.64.0/24"),
        (5432, 5432, "10.0.65.0/24"),
        (5432, 5432, "10.0.66.0/24"),
    }


def test_the_entrance_speaks_modern_tls_with_a_validated_certificate(service: Workspace) -> None:
    listener = service.resource("aws_lb_listener.entrance_balancer_https")
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    validated = "${aws_acm_certificate_validation.tls_validation.certificate_arn}"
    assert listener["certificate_arn"] == validated
    certificate = service.resource("aws_acm_certificate.tls_certificate")
    assert certificate["domain_name"] == "api.payments.example.com"
    assert certificate["validation_method"] == "DNS"


def test_the_load_balancer_is_public_in_the_web_subnets_and_guarded(service: Workspace) -> None:
    balancer = service.resource("aws_lb.entrance_balancer_balancer")
    assert balancer["name"] == "payshift-production"
    assert balancer["internal"] is False
    assert balancer["subnets"] == "${data.aws_subnets.network_web.ids}"
    assert balancer["drop_invalid_header_fields"] is True
    assert balancer["enable_deletion_protection"] is True


def test_requests_are_split_between_the_colours_by_the_weights_of_the_release(
    service: Workspace,
) -> None:
    (action,) = service.resource("aws_lb_listener.entrance_balancer_https")["default_action"]
    assert action["type"] == "forward"
    assert action["forward"]["target_group"] == [
        {"arn": "${aws_lb_target_group.target_blue_group.arn}", "weight": 100},
        {"arn": "${aws_lb_target_group.target_green_group.arn}", "weight": 0},
    ]


def test_each_target_group_may_invoke_its_own_colour_and_no_other(service: Workspace) -> None:
    for colour in ("blue", "green"):
        group = f"aws_lb_target_group.target_{colour}_group"
        assert service.resource(group)["name"] == f"payshift-production-{colour}"
        assert service.resource(group)["target_type"] == "lambda"
        permission = service.resource(f"aws_lambda_permission.target_{colour}_permission")
        assert permission["qualifier"] == colour
        assert permission["principal"] == "elasticloadbalancing.amazonaws.com"
        assert permission["source_arn"] == f"${{{group}.arn}}"
        target = service.resource(f"aws_lb_target_group_attachment.target_{colour}_target")
        assert target["target_id"] == f"${{aws_lambda_alias.alias_{colour}.arn}}"


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
