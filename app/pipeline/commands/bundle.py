"""`payshift bundle`: whether these phases and this code can be delivered without building."""

from __future__ import annotations

import typer

from app.pipeline.commands.options import (
    DEFAULT_PHASES,
    EnvironmentOption,
    JsonOption,
    PhasesOption,
)


def bundle(
    context: typer.Context,
    *,
    phases: PhasesOption = DEFAULT_PHASES,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether the bundle is stored; a workflow's step gets the output `stored`."""
    from app.pipeline import aws
    from app.pipeline.bundle_store import BundleStore
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.digest import inputs_digest
    from app.pipeline.report import show
    from app.pipeline.target import Target
    from app.pipeline.workflow_files import set_output

    name = chosen_environment(context, environment)
    target = Target.named(name)
    store = BundleStore(
        aws.s3(target.environment), target.names.evidence_bucket, target.build / "bundles"
    )
    digest = inputs_digest(environment=name, phases=phases)
    stored = store.has(digest)
    set_output("stored", "true" if stored else "false")
    line = "is stored" if stored else "is not stored: delivering synthesizes it, which takes cdktf"
    show(
        as_json=as_json,
        data={"environment": name, "digest": digest, "stored": stored},
        lines=[f"bundle {digest[:12]} {line}"],
    )
