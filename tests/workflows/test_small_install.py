"""What the jobs install is enough for what they run, and every script is free of expressions."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# Makes every package that the given pins do not name as absent as it is on the runner.
_ONLY = """
import importlib.abc, importlib.metadata, pkgutil, re, sys
pins, *roots = sys.argv[1:]
normal = lambda name: re.sub(r"[-_.]+", "-", name).lower()
named = {normal(found) for found in re.findall(r"^([A-Za-z0-9._-]+)==", open(pins).read(), re.M)}
whose = importlib.metadata.packages_distributions()
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        owners = {normal(one) for one in whose.get(name.partition(".")[0], ())} - {"payshift"}
        if owners and not owners & named:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
import app.pipeline, github
for module in pkgutil.walk_packages(app.pipeline.__path__, "app.pipeline."):
    __import__(module.name)
try:
    import cdktf
except ModuleNotFoundError:
    print("cdktf is absent")
"""


def test_delivering_needs_no_more_than_its_pins_and_no_cdktf() -> None:
    pins = ROOT / "requirements" / "deliver.txt"
    ended = subprocess.run(
        [sys.executable, "-c", _ONLY, str(pins)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "cdktf is absent\n"


def test_synthesizing_pins_hold_all_that_delivering_pins_hold() -> None:
    def pinned(name: str) -> set[str]:
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        return set(re.findall(r"^[A-Za-z0-9._-]+==\S+", text, re.MULTILINE))

    assert pinned("deliver.txt") <= pinned("synth.txt")


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_no_text_from_outside_gets_into_a_script(file: Path) -> None:
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    for job in content["jobs"].values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


def test_no_job_can_both_change_production_and_write_to_the_repository() -> None:
    for file in WORKFLOWS:
        content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert content["permissions"] == {}
        for job in content["jobs"].values():
            rights = job["permissions"]
            writes = {name for name, right in rights.items() if right == "write"}
            allowed = {"id-token"} | ({"issues"} if _only_reads_aws(job) else set())
            assert "id-token" not in writes or writes <= allowed or file.stem == "release"


def _only_reads_aws(job: dict[str, Any]) -> bool:
    roles = [step["with"]["role-to-assume"] for step in job["steps"]
             if "role-to-assume" in step.get("with", {})]  # fmt: skip
    return roles == ["${{ vars.DRIFT_ROLE_ARN }}"]
