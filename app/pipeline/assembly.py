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
from app.pipeline.guards.base import Guard
from app.pipeline.guards.of_target import guards_of
from app.pipeline.phase_stacks import PhaseStacks
from app.pipeline.report import Progress, silent
from app.pipeline.review.judge import Judge
from app.pipeline.review.lookup import review_of, review_of_begun
from app.pipeline.review.record import Review
from app.pipeline.review.store import Reviews
from app.pipeline.state.locks import Locks
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
    reviews: Reviews
    find_review: Callable[[], Review | None]
    find_world: Callable[[], World]
    guards: tuple[Guard, ...]


def assemble(
    target: Target,
    phases: PhaseSet,
    *,
    progress: Progress = silent,
    rebuild: bool = False,
    reading_only: bool = False,
    synthesize: Synthesizer = synthesize_all,
) -> Assembly:
    """Find Terraform and the bundle of this code and these phases, and keep the bundle stored.

    `reading_only`: for the plan role, which may read bundles and store none.
    """
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
    if not reading_only:
        store.keep(bundle, replace=rebuild)
    commit = head(directory)
    reviews = Reviews(s3, names)
    find_review = partial(review_of, commit, directory=directory, reviews=reviews)
    workspaces = Workspaces(bundle.directory, target.work)
    evidence = Evidence(s3, names.evidence_bucket, _records(target.build))
    judge = Judge(
        find=find_review,
        begun=partial(review_of_begun, evidence=evidence, reviews=reviews),
        code=bundle.digest,
        workspaces=workspaces,
        required=target.environment.delivery.review_required,
        progress=progress,
    )
    locks = Locks(s3, names)
    tools = Tools(
        terraform=terraform,
        workspaces=workspaces,
        evidence=evidence,
        commit=commit,
        progress=progress,
        judge=judge,
        locks=locks,
        stacks=PhaseStacks(aws.client(target.environment, "cloudformation"), locks),
    )
    look = partial(find_world, aws.ssm(target.environment), names=names)
    guards = guards_of(target, evidence=tools.evidence, phases=phases)
    return Assembly(tools, bundle, store, reviews, find_review, look, tuple(guards.values()))


def _records(build: Path) -> Path:
    return build / "deliver" / "records"
