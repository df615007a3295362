"""A scan that did not judge everything ends as a failure, never as "nothing found"."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from app.errors import InputError, PolicyScanFailed, ToolMissing
from app.pipeline.policy import checkov
from app.pipeline.policy.scan import Scan, scan

KEY = {"enable_key_rotation": True, "policy": "{}", "lifecycle": {"prevent_destroy": True}}


def target(directory: Path, **workspaces: Any) -> Path:
    """Write workspaces as synthesized; a dictionary holds resources, text is written as it is."""
    for name, content in workspaces.items():
        text = content if isinstance(content, str) else json.dumps({"resource": content}, indent=2)
        file = directory / "stacks" / name / "cdk.tf.json"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    return directory


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return Path(copytree(checkov.POLICIES, tmp_path / "policies"))


@pytest.fixture
def scanned(tmp_path: Path, policies: Path) -> Callable[..., Scan]:
    def run(**workspaces: Any) -> Scan:
        source = target(tmp_path / "source", **workspaces)
        return scan(source, plans={}, work=tmp_path / "work", policies=policies)

    return run


@pytest.mark.slow
def test_two_resources_of_one_name_are_two_findings(scanned: Callable[..., Scan]) -> None:
    found = scanned(data={"aws_sns_topic": {"one": {}}, "aws_sqs_queue": {"one": {}}})
    ours = {one.address for one in found.findings if one.check == "CKV_PAYSHIFT_18"}
    assert ours == {"aws_sns_topic.one", "aws_sqs_queue.one"}


@pytest.mark.slow
def test_a_policy_that_raises_is_no_pass(policies: Path, scanned: Callable[..., Scan]) -> None:
    file = policies / "key_is_rotated_and_names_its_users.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("allowing = [", "allowing = 1 / 0, ["), encoding="utf-8")
    with pytest.raises(PolicyScanFailed, match=r"CKV_PAYSHIFT_19 on .*ZeroDivisionError"):
        scanned(data={"aws_kms_key": {"one": KEY}})


@pytest.mark.slow
def test_a_policy_that_cannot_be_loaded_is_no_pass(
    policies: Path, scanned: Callable[..., Scan]
) -> None:
    (policies / "later.py").write_text("import nowhere_to_be_found\n", encoding="utf-8")
    with pytest.raises(PolicyScanFailed, match=r"later.*nowhere_to_be_found"):
        scanned(data={"aws_kms_key": {"one": KEY}})


@pytest.mark.slow
def test_a_policy_that_registers_nothing_is_no_pass(
    policies: Path, scanned: Callable[..., Scan]
) -> None:
    file = policies / "database_is_private.py"
    text = file.read_text(encoding="utf-8").replace("check = DatabaseIsPrivate()", "")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyScanFailed, match=r"database_is_private\.py registered no check"):
        scanned(data={"aws_kms_key": {"one": KEY}})


@pytest.mark.slow
def test_policies_that_checkov_skips_as_a_whole_are_no_pass(
    policies: Path, scanned: Callable[..., Scan]
) -> None:
    (policies / "__init__.py").unlink()
    with pytest.raises(PolicyScanFailed, match="registered no check"):
        scanned(data={"aws_kms_key": {"one": KEY}})


@pytest.mark.slow
def test_a_file_that_cannot_be_parsed_is_no_pass(scanned: Callable[..., Scan]) -> None:
    broken = '{"terraform": {"required_version": "1.11"}, "resource": {"aws_vpc": {"a": {}}}}'
    with pytest.raises(PolicyScanFailed, match="data"):
        scanned(data=broken, network={"aws_kms_key": {"one": KEY}})


@pytest.mark.slow
def test_a_workspace_in_which_nothing_was_checked_is_no_pass(scanned: Callable[..., Scan]) -> None:
    with pytest.raises(PolicyScanFailed, match=r"stacks/data/cdk\.tf\.json"):
        scanned(data={}, network={"aws_kms_key": {"one": KEY}})


def test_a_place_without_workspaces_is_wrong_input(scanned: Callable[..., Scan]) -> None:
    with pytest.raises(InputError, match="there are no workspaces"):
        scanned()


def test_without_checkov_nothing_is_judged(
    scanned: Callable[..., Scan], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(checkov, "PYTHON", tmp_path / "nowhere")
    with pytest.raises(ToolMissing, match="checkov is not installed"):
        scanned(data={"aws_kms_key": {"one": KEY}})
