"""The door to Terraform: what it finds, how it is configured, and what it says when it fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from app.errors import Diagnostic, InputError, StateLocked, TerraformFailed, ToolMissing
from app.pipeline import aws, terraform_provider
from app.pipeline.gates import gate_reasons
from app.pipeline.terraform import Terraform
from app.pipeline.terraform_provider import find_mirror, holds_provider
from app.pipeline.terraform_settings import environment
from tests.pipeline.conftest import Place, workspace, write_workspace

PLATFORM = "linux_amd64"


def program(directory: Path, name: str, text: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    (directory / name).chmod(0o755)


def mirror_at(directory: Path) -> Path:
    package = directory / "registry.terraform.io/hashicorp/aws/5.100.0" / PLATFORM
    package.mkdir(parents=True)
    (package / "terraform-provider-aws_v5.100.0_x5").touch()
    return directory


def test_a_machine_without_terraform_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing) as refusal:
        Terraform.find(build=tmp_path)
    assert str(refusal.value) == (
        "terraform is not on this machine\n"
        "  → install Terraform 1.11 or newer (developer.hashicorp.com/terraform/install)"
    )


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('{"terraform_version": "1.10.5", "platform": "linux_amd64"}',
         "Terraform 1.10.5 is too old: locking a state in S3 needs 1.11"),
        ("Terraform v0.11.14", "terraform does not say its version"),
    ],
)  # fmt: skip
def test_an_old_terraform_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, message: str
) -> None:
    program(tmp_path / "bin", "terraform", f"echo '{said}'")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(ToolMissing) as refusal:
        Terraform.find(build=tmp_path)
    assert refusal.value.message.replace(f"{tmp_path / 'bin'}/", "") == message


def test_a_mirror_named_by_the_variable_must_hold_the_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYSHIFT_TERRAFORM_MIRROR", str(tmp_path))
    with pytest.raises(
        InputError, match=r"which has no registry\.terraform\.io/hashicorp/aws 5\.100\.0"
    ):
        find_mirror(platform=PLATFORM, cache=tmp_path / "mirror.json")
    mirror_at(tmp_path)
    assert find_mirror(platform=PLATFORM, cache=tmp_path / "mirror.json") == tmp_path


def test_a_mirror_in_a_software_directory_is_found_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAYSHIFT_TERRAFORM_MIRROR", raising=False)
    monkeypatch.setattr(terraform_provider, "_implied_directories", lambda: iter(()))
    monkeypatch.setattr(terraform_provider, "_roots", lambda: (tmp_path / "software",))
    cache = tmp_path / "build" / "mirror.json"
    assert find_mirror(platform=PLATFORM, cache=cache) is None
    mirror = mirror_at(tmp_path / "software" / "a" / "plugins")
    assert find_mirror(platform=PLATFORM, cache=cache) == mirror
    # Remembered: found without a search, and only while it is there.
    monkeypatch.setattr(terraform_provider, "_roots", lambda: ())
    assert find_mirror(platform=PLATFORM, cache=cache) == mirror
    shutil.rmtree(mirror)
    assert find_mirror(platform=PLATFORM, cache=cache) is None


def test_a_packed_mirror_counts_and_another_platform_does_not(tmp_path: Path) -> None:
    packed = tmp_path / "registry.terraform.io/hashicorp/aws"
    packed.mkdir(parents=True)
    (packed / "terraform-provider-aws_5.100.0_linux_amd64.zip").touch()
    assert holds_provider(tmp_path, platform=PLATFORM)
    assert not holds_provider(tmp_path, platform="darwin_arm64")


def test_a_users_own_provider_installation_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.tfrc"
    own.write_text("provider_installation {\n  direct {}\n}\n", encoding="utf-8")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    found = environment(build=tmp_path / "build", mirror=tmp_path)
    assert found["TF_CLI_CONFIG_FILE"] == str(own)


def test_a_users_other_settings_are_kept_beside_the_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.tfrc"
    own.write_text('credentials "example.com" {\n  token = "x"\n}\n', encoding="utf-8")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    monkeypatch.setenv("TF_WORKSPACE", "other")
    monkeypatch.setenv("TF_CLI_ARGS_apply", "-destroy")
    found = environment(build=tmp_path / "build", mirror=tmp_path)
    written = Path(found["TF_CLI_CONFIG_FILE"]).read_text(encoding="utf-8")
    assert 'credentials "example.com"' in written
    assert f'path    = "{tmp_path}"' in written
    assert not {"TF_WORKSPACE", "TF_CLI_ARGS_apply"} & found.keys()


STACK = (
    "waiting for CloudFormation Stack (arn:aws:cloudformation:us-east-2:123456789012:stack/"
    "payshift-local-phase-10-after/1) create: stack status (ROLLBACK_COMPLETE): "
    "The following resource(s) failed to create: [Validation]. \n"
)


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        pytest.param(
            "Received response status [FAILED] from custom resource. Message returned: "
            "p95 900 ms, limit 300 → Wait.\nrow_parity differs (USD) (RequestId: 9252ef81-cb9b)",
            ("p95 900 ms, limit 300 → Wait.", "row_parity differs (USD)"),
            id="two checks of a custom resource",
        ),
        pytest.param(
            "Resource creation cancelled\nCustomResource attribute error",
            ("CustomResource attribute error",),
            id="no word from the custom resource",
        ),
    ],
)
def test_a_refusal_by_cloudformation_is_a_gate_with_its_figures(
    said: str, reasons: tuple[str, ...]
) -> None:
    found = Diagnostic("aws_cloudformation_stack.after", STACK + said, "")
    assert gate_reasons(TerraformFailed("x", diagnostics=(found,))) == reasons


@pytest.mark.parametrize(
    "diagnostic",
    [
        Diagnostic("aws_cloudformation_stack.after", "creating CloudFormation Stack", "Throttling"),
        Diagnostic("aws_route53_record.aws", "updating record", "UPDATE_FAILED"),
        Diagnostic("", "No valid credential sources found", ""),
    ],
)
def test_other_failures_are_no_gate(diagnostic: Diagnostic) -> None:
    assert gate_reasons(TerraformFailed("x", diagnostics=(diagnostic,))) == ()


@pytest.mark.slow
def test_init_is_repeated_only_when_something_it_depends_on_changed(place: Place) -> None:
    tools = place.tools()
    directory = tools.workspaces.prepare("phase-0")
    assert tools.terraform.init(directory)
    assert not tools.terraform.init(tools.workspaces.prepare("phase-0"))
    file = place.source / "stacks/phase-0/cdk.tf.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["terraform"]["backend"]["s3"]["key"] = "workspaces/moved.tfstate"
    file.write_text(json.dumps(content), encoding="utf-8")
    assert tools.terraform.init(tools.workspaces.prepare("phase-0"))


@pytest.mark.slow
def test_a_held_lock_says_who_holds_it_and_since_when(place: Place) -> None:
    tools = place.tools(lock_timeout_seconds=1)
    directory = tools.workspaces.prepare("phase-0")
    tools.terraform.init(directory)
    lock = {
        "ID": "11111111-2222-3333-4444-555555555555", "Operation": "OperationTypeApply",
        "Info": "", "Who": "ada@laptop", "Version": "1.11.4",
        "Created": "2026-11-23T22:30:00.000001Z", "Path": "state",
    }  # fmt: skip
    key = place.target.names.state_key("phase-0") + ".tflock"
    aws.s3(place.target.environment).put_object(
        Bucket=place.target.names.state_bucket, Key=key, Body=json.dumps(lock).encode()
    )
    with pytest.raises(StateLocked) as refusal:
        tools.terraform.plan(directory, variables={"run_id": "r", "from_phase": -1})
    assert refusal.value.message.startswith(
        "phase-0 is being changed by ada@laptop since 2026-11-23"
    )
    assert "payshift state unlock phase-0" in refusal.value.remedy
    assert refusal.value.exit_code == 3


@pytest.mark.slow
def test_a_wrong_workspace_says_what_terraform_said_and_where_the_rest_is(place: Place) -> None:
    content = workspace(place.target, "broken", resource={"aws_no_such_thing": {"a": {}}})
    write_workspace(place.source, "broken", content)
    tools = place.tools()
    directory = tools.workspaces.prepare("broken")
    tools.terraform.init(directory)
    with pytest.raises(TerraformFailed) as failure:
        tools.terraform.plan(directory)
    assert failure.value.message.startswith(
        "terraform plan of broken failed: Invalid resource type"
    )
    assert failure.value.remedy == f"the whole output is in {directory / 'terraform.log'}"


@pytest.mark.slow
def test_the_committed_lock_file_is_what_init_uses(place: Place) -> None:
    committed = Path(__file__).parents[2] / "app/config/terraform.lock.hcl"
    shutil.copyfile(committed, place.source / "terraform.lock.hcl")
    tools = place.tools()
    directory = tools.workspaces.prepare("phase-0")
    tools.terraform.init(directory)
    used = (directory / ".terraform.lock.hcl").read_text(encoding="utf-8")
    hashes = [line for line in committed.read_text(encoding="utf-8").splitlines() if ":" in line]
    assert all(line in used for line in hashes if not line.startswith("#"))
