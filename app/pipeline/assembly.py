"""Puts together what the commands need for a target: clients, bundle, Terraform, evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.config.loading import PhaseSet
from app.pipeline import aws
from app.pipeline.apply import Tools
from app.pipeline.bundle_store import Bundle, BundleStore, Synthesizer
from app.pipeline.digest import inputs_digest
from app.pipeline.evidence import Evidence
from app.pipeline.git import head
from app.pipeline.report import Progress, silent
from app.pipeline.synthesis import synthesize as synthesize_all
from app.pipeline.target import Target
from app.pipeline.terraform import Terraform
from app.pipeline.workspaces import Workspaces
from app.pipeline.world import World, find_world


@dataclass(frozen=True, slots=True)
class Assembly:
    """Everything for one target and one state of the code."""

    tools: Tools
    bundle: Bundle
    store: BundleStore
    find_world: Callable[[], World]


def assemble(
    target: Target,
    phases: PhaseSet,
    *,
    progress: Progress = silent,
    rebuild: bool = False,
    synthesize: Synthesizer = synthesize_all,
) -> Assembly:
    """Find Terraform and the bundle of this code and these phases, and keep the bundle stored."""
    terraform = Terraform.find(build=target.build / "terraform")
    s3, names = aws.s3(target.environment), target.names
    store = BundleStore(s3, names.evidence_bucket, target.build / "bundles")
    name, directory = target.environment.name, phases.directory
    bundle = store.obtain(
        digest=inputs_digest(environment=name, phases=directory),
        make=lambda output: synthesize(environment=name, phases=directory, output=output),
        rebuild=rebuild,
        progress=progress,
    )
    store.keep(bundle, replace=rebuild)
    tools = Tools(
        terraform=terraform,
        workspaces=Workspaces(bundle.directory, target.work),
        evidence=Evidence(s3, names.evidence_bucket, _records(target.build)),
        commit=head(directory),
        progress=progress,
    )
    look = partial(find_world, aws.ssm(target.environment), names=names)
    return Assembly(tools, bundle, store, look)


def _records(build: Path) -> Path:
    return build / "deliver" / "records"
