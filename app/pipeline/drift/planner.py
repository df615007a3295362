"""Puts a planner together: the bundle of this code, and directories of its own to work in."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from app.config.loading import PhaseSet
from app.pipeline import aws
from app.pipeline.apply import Tools
from app.pipeline.bundle_store import BundleStore
from app.pipeline.digest import inputs_digest
from app.pipeline.drift.noise import read_noise
from app.pipeline.drift.plans import Planner
from app.pipeline.evidence import Evidence
from app.pipeline.report import Progress
from app.pipeline.state.versions import StateVersions
from app.pipeline.synthesis import synthesize
from app.pipeline.target import Target
from app.pipeline.terraform import Terraform
from app.pipeline.workspaces import Workspaces


def planner(target: Target, phases: PhaseSet, *, progress: Progress) -> Planner:
    """Return a planner for a target, which stores nothing anywhere: whoever looks may only read.

    Its plans never lie where a delivery keeps its own.
    """
    noise, name = read_noise(), target.environment.name
    s3, bucket = aws.s3(target.environment), target.names.evidence_bucket
    bundle = BundleStore(s3, bucket, target.build / "bundles").obtain(
        digest=inputs_digest(environment=name, phases=phases.directory),
        make=partial(_synthesized, environment=name, phases=phases),
        progress=progress,
    )
    tools = Tools(
        terraform=Terraform.find(build=target.build / "terraform"),
        workspaces=Workspaces(bundle.directory, target.build / "drift" / name),
        evidence=Evidence(s3, bucket, target.build / "drift" / "records"),
        progress=progress,
    )
    return Planner(tools, StateVersions(s3, target.names), noise)


def _synthesized(output: Path, *, environment: str, phases: PhaseSet) -> None:
    synthesize(environment=environment, phases=phases.directory, output=output)
