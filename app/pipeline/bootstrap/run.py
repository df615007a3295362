"""Applies the workspace `bootstrap` once with a local state, and moves the state into its bucket.

Where it stands is read from the world each time, so a run that died is taken up by the next:
the state is in the bucket (then the bucket's is the only one), or it is still a local file, or
what was made before that file was written is imported.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import Refused, WorldError
from app.pipeline.bootstrap.found import Look
from app.pipeline.ours import BOOTSTRAP
from app.pipeline.report import Progress, silent
from app.pipeline.terraform import Terraform
from app.pipeline.terraform_messages import PlanSummary
from app.pipeline.workspaces import Workspaces

# Terraform merges files of this ending over the synthesized code.
LOCAL_BACKEND = "backend_override.tf.json"
IMPORTS = "imports.tf.json"
STATE = "bootstrap.tfstate"

Agree = Callable[[PlanSummary], bool]


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """What a run did, and what the workspace tells: `told` is its outputs."""

    plan: PlanSummary
    moved: bool
    told: Mapping[str, Any]


def bootstrap(
    terraform: Terraform,
    workspaces: Workspaces,
    *,
    look: Look,
    agree: Agree,
    progress: Progress = silent,
) -> Bootstrapped:
    """Bring the account to where everything else can be delivered from. Idempotent.

    `agree` sees the plan before it is applied, unless nothing is to do. Refused when it does not,
    or when something of that name is not ours; then nothing was changed.
    """
    directory = workspaces.prepare(BOOTSTRAP)
    remote = look.state_is_in_the_bucket()
    override, imports = directory / LOCAL_BACKEND, directory / IMPORTS
    imports.unlink(missing_ok=True)
    if remote:
        progress(f"the state is in {look.names.state_bucket}")
        override.unlink(missing_ok=True)
    else:
        _write(override, {"terraform": {"backend": {"local": {"path": STATE}}}})
        _import_what_is_there(look, directory, progress)
    terraform.init(directory, progress=progress)
    plan = terraform.plan(directory, progress=progress)
    if not plan.summary.empty:
        if not agree(plan.summary):
            raise Refused("the plan was not agreed to", remedy="nothing was changed")
        terraform.apply(plan, progress=progress)
    if not remote:
        _move_in(terraform, directory, look=look, progress=progress)
    return Bootstrapped(plan.summary, moved=not remote, told=terraform.outputs(directory))


def _import_what_is_there(look: Look, directory: Path, progress: Progress) -> None:
    """Let the plan take over what exists, but is in no state."""
    known = _addresses(directory / STATE)
    blocks = [{"to": address, "id": id_} for address, id_ in look.named() if address not in known]
    for block in blocks:
        progress(f"{block['to']}: exists, is taken over")
    if blocks:
        _write(directory / IMPORTS, {"import": blocks})


def _addresses(state: Path) -> set[str]:
    if not state.is_file():
        return set()
    resources = json.loads(state.read_text(encoding="utf-8")).get("resources", [])
    return {f"{one['type']}.{one['name']}" for one in resources if one["instances"]}


def _move_in(terraform: Terraform, directory: Path, *, look: Look, progress: Progress) -> None:
    """Copy the local state into the bucket, and remove it here once it is there."""
    progress(f"moving the state into {look.names.state_bucket}")
    for name in (LOCAL_BACKEND, IMPORTS):
        (directory / name).unlink(missing_ok=True)
    terraform.migrate(directory, progress=progress)
    if not look.state_is_in_the_bucket():
        message = f"the state did not arrive in {look.names.state_bucket}"
        raise WorldError(message, remedy=f"it is still in {directory / STATE}; run this again")
    for file in directory.glob(f"{STATE}*"):
        file.unlink()


def _write(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, indent=2), encoding="utf-8")
