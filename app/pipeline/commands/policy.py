"""`payshift policy`: whether every workspace is as the policies want it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.pipeline.commands.options import (
    DEFAULT_PHASES,
    EnvironmentOption,
    JsonOption,
    PhasesOption,
)


def policy(
    context: typer.Context,
    *,
    synthesized: Annotated[
        Path | None, typer.Option(help="Take what payshift synth wrote; without, synthesize.")
    ] = None,
    plans: Annotated[
        Path | None,
        typer.Option(
            help="Directory with <workspace>.json of terraform show -json; without, the plans "
            "that payshift plan made of the same code."
        ),
    ] = None,
    exceptions: Annotated[Path, typer.Option(help="The list of accepted findings.")] = Path(
        "policies/exceptions.yaml"
    ),
    sarif: Annotated[
        Path | None, typer.Option(help="Also write the findings for code scanning.")
    ] = None,
    phases: PhasesOption = DEFAULT_PHASES,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Scan all workspaces, and plans of them, with checkov's checks and ours."""
    from datetime import UTC, datetime

    from app.config.loading import load_environment
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.policy.plans import find_plans
    from app.pipeline.policy.sarif import write_sarif
    from app.pipeline.policy.scan import scan
    from app.pipeline.policy.summary import lines, record
    from app.pipeline.policy.verdict import judge
    from app.pipeline.report import show
    from app.pipeline.synthesis import synthesize
    from app.pipeline.target import Target, build_directory

    name = chosen_environment(context, environment, default="production")
    target = Target(load_environment(name), build_directory())
    work = target.build / "policy" / name
    source = synthesized or work / "synthesized"
    if synthesized is None:
        synthesize(environment=name, phases=phases, output=source)
    found = scan(source, plans=find_plans(plans, source=source, target=target), work=work / "scan")
    verdict = judge(found.findings, file=exceptions, today=datetime.now(UTC).date())
    if sarif:
        write_sarif(sarif, found.reports, verdict)
    show(as_json=as_json, data=record(found, verdict), lines=lines(found, verdict))
    if verdict.open or verdict.problems:
        raise typer.Exit(1)
