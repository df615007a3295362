"""What holds in every workspace: state, provider, tags, nothing of the machine that wrote it."""

from __future__ import annotations

import re
from pathlib import Path

from app.config.loading import load_environment
from app.main import synthesize
from tests.synth.workspaces import PHASES, ROOT, Synthesized, files

FOUNDATION = (
    "bootstrap", "network", "data", "service", "rotation", "replication", "observability",
)  # fmt: skip
ACCOUNT = "123456789012"


def test_the_workspaces_are_the_foundation_and_the_phases_in_an_order_that_applies(
    production: Synthesized,
) -> None:
    phases = sorted(PHASES.glob("phase-*.yaml"), key=lambda file: int(file.stem[6:]))
    assert production.order == (*FOUNDATION, *(file.stem for file in phases))
    before: set[str] = set()
    for name in production.order:
        assert production.dependencies()[name] <= before
        before.add(name)


def test_data_and_service_need_the_network_and_not_each_other(production: Synthesized) -> None:
    dependencies = production.dependencies()
    assert dependencies["network"] == set()
    assert dependencies["data"] == dependencies["service"] == {"network"}
    assert dependencies["rotation"] == {"data", "service"}
    assert dependencies["replication"] == {"network", "data"}
    assert dependencies["observability"] == {"data", "service", "replication"}
    assert dependencies["phase-0"] == {"data", "service"}


def test_each_state_is_an_encrypted_object_of_its_own_with_a_native_lock(
    production: Synthesized,
) -> None:
    for workspace in production.all():
        assert workspace.json["terraform"]["backend"] == {
            "s3": {
                "bucket": f"payshift-production-state-{ACCOUNT}",
                "encrypt": True,
                "key": f"workspaces/{workspace.name}.tfstate",
                "region": "us-east-2",
                "use_lockfile": True,
            }
        }


def test_the_provider_is_pinned_to_the_version_of_the_bindings(production: Synthesized) -> None:
    for workspace in production.all():
        assert workspace.json["terraform"]["required_providers"] == {
            "aws": {"source": "hashicorp/aws", "version": "= 5.100.0"}
        }


def test_terraform_blocks_hold_no_strings_that_break_the_policy_scanner(
    production: Synthesized,
) -> None:
    for workspace in production.all():
        assert all(isinstance(value, dict) for value in workspace.json["terraform"].values())


def test_everything_carries_owner_environment_workspace_and_cost_centre(
    production: Synthesized,
) -> None:
    for workspace in production.all():
        for provider in workspace.json["provider"]["aws"]:
            assert provider["default_tags"] == [
                {
                    "tags": {
                        "cost-centre": "payments",
                        "environment": "production",
                        "owner": "payments-platform",
                        "workspace": workspace.name,
                    }
                }
            ]


def test_everything_is_in_the_region_except_what_route_53_wants_in_its_own(
    production: Synthesized,
) -> None:
    elsewhere = set()
    for workspace in production.all():
        first, *others = workspace.json["provider"]["aws"]
        assert set(first) == {"default_tags", "region"}
        assert first["region"] == "us-east-2"
        assert [(one["alias"], one["region"]) for one in others] == (
            [("dns", "us-east-1")] if workspace.name == "bootstrap" else []
        )
        for kind, named in workspace.json["resource"].items():
            elsewhere |= {kind for one in named.values() if one.get("provider") == "aws.dns"}
    assert elsewhere == {
        "aws_cloudwatch_log_group",
        "aws_cloudwatch_log_resource_policy",
        "aws_kms_alias",
        "aws_kms_key",
    }


def test_path_style_addresses_are_asked_for_where_the_environment_says_so(
    local: Synthesized,
) -> None:
    for workspace in local.all():
        assert all(one["s3_use_path_style"] for one in workspace.json["provider"]["aws"])
        assert workspace.json["terraform"]["backend"]["s3"]["use_path_style"] is True


def test_no_endpoint_credential_or_path_of_this_machine_is_written(local: Synthesized) -> None:
    never = (
        '"endpoints"',
        "http:",
        "access_key",
        "secret_key",
        "localhost",
        str(ROOT),
        str(local.directory),
    )
    for workspace in local.all():
        assert [word for word in never if word in workspace.text] == []
        assert not any("endpoints" in one for one in workspace.json["provider"]["aws"])


def test_nothing_in_the_code_is_of_one_account_owner_or_domain(tmp_path: Path) -> None:
    ours = load_environment("production")
    theirs = ours.model_copy(
        update={
            "account_id": "210987654321",
            "owner": "somebody-else",
            "cost_centre": "another",
            "dns": ours.dns.model_copy(update={"zone": "pay.example.org"}),
            "delivery": ours.delivery.model_copy(update={"repository": "them/migration"}),
        }
    )
    order = synthesize(environment=theirs, phases=PHASES, output=tmp_path)
    never = (ACCOUNT, ours.owner, ours.dns.zone, ours.delivery.repository)
    for workspace in Synthesized(tmp_path, order).all():
        assert [word for word in never if word in workspace.text] == [], workspace.name


def test_no_workspace_reads_the_state_of_another(local: Synthesized) -> None:
    for workspace in local.all():
        assert "terraform_remote_state" not in workspace.text


def test_names_are_plain_and_metadata_holds_no_stack_traces(local: Synthesized) -> None:
    for workspace in local.all():
        assert "stackTrace" not in workspace.text
        for resources in workspace.json["resource"].values():
            for name, resource in resources.items():
                assert re.fullmatch(r"[a-z][a-z_]*", name)
                assert resource["//"]["metadata"]["uniqueId"] == name


def test_the_same_input_gives_the_same_bytes(local: Synthesized, tmp_path: Path) -> None:
    again = tmp_path / "elsewhere"
    synthesize(environment=load_environment("local"), phases=PHASES, output=again)
    assert files(again) == files(local.directory)
