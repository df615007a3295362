"""Finds the plans to scan: given as JSON, or left by `payshift plan`."""

from __future__ import annotations

from pathlib import Path

from app.errors import InputError
from app.pipeline.target import Target
from app.pipeline.terraform import JSON_FILE, PLAN_FILE, Terraform


def find_plans(given: Path | None, *, source: Path, target: Target) -> dict[str, Path]:
    """Return the JSON of plans by workspace.

    `given` is a directory of `<workspace>.json`; InputError when it holds none. Without it, those
    plans of the target's working directory count that were made of exactly the code in `source`.
    """
    if given is not None:
        found = {file.stem: file for file in sorted(given.glob("*.json"))}
        if not found:
            remedy = "write plans there: terraform show -json PLAN > <workspace>.json"
            raise InputError(f"there are no plans in {given}", remedy=remedy)
        return found
    current = [
        file.parent
        for file in sorted(target.work.glob(f"*/{PLAN_FILE}"))
        if _same_code(file.parent, source / "stacks" / file.parent.name)
    ]
    if not current:
        return {}
    terraform = Terraform.find(build=target.build / "terraform")
    return {directory.name: _show(terraform, directory) for directory in current}


def _same_code(directory: Path, synthesized: Path) -> bool:
    """Tell whether a plan is newer than the code beside it, and that code is the one to judge."""
    code, wanted = directory / JSON_FILE, synthesized / JSON_FILE
    return code.is_file() and wanted.is_file() and code.read_bytes() == wanted.read_bytes()


def _show(terraform: Terraform, directory: Path) -> Path:
    file = directory / "plan.json"
    file.write_text(terraform.show(directory), encoding="utf-8")
    return file
