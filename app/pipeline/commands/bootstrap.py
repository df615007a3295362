"""`payshift bootstrap`: make what all else stands on, and say what to do with it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from app.errors import InputError
from app.pipeline.commands.options import (
    DEFAULT_PHASES,
    EnvironmentOption,
    JsonOption,
    PhasesOption,
)

if TYPE_CHECKING:
    from app.pipeline.terraform_messages import PlanSummary


def bootstrap(
    context: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Apply the plan without asking.")] = False,
    phases: PhasesOption = DEFAULT_PHASES,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create state bucket, OIDC trust, roles, zone and image repository; say what comes next."""
    from app.pipeline.bootstrap.found import Look
    from app.pipeline.bootstrap.next_steps import next_steps
    from app.pipeline.bootstrap.run import bootstrap as run
    from app.pipeline.bootstrap.variables import repository_variables
    from app.pipeline.check import check
    from app.pipeline.commands.options import chosen_environment
    from app.pipeline.report import say, show
    from app.pipeline.synthesis import synthesize
    from app.pipeline.target import Target
    from app.pipeline.terraform import Terraform
    from app.pipeline.workspaces import Workspaces

    def agree(plan: PlanSummary) -> bool:
        for address, action in plan.actions:
            say(f"  {action:<8} {address}")
        say(str(plan))
        if yes:
            return True
        if not sys.stdin.isatty():
            raise InputError("nobody is here to agree to the plan", remedy="add --yes")
        return typer.confirm("Apply this?", err=True)

    name = chosen_environment(context, environment)
    check(phases)
    target = Target.named(name)
    source = target.build / "bootstrap" / name
    synthesize(environment=name, phases=phases, output=source)
    done = run(
        Terraform.find(build=target.build / "terraform"),
        Workspaces(source, target.work),
        look=Look.at(target.environment),
        agree=agree,
        progress=say,
    )
    data = {
        "environment": name,
        "moved": done.moved,
        "plan": done.plan.as_record(),
        "variables": repository_variables(target.names),
        "told": done.told,
    }
    where = f"s3://{target.names.state_bucket}/{target.names.state_key('bootstrap')}"
    lines = [
        f"{name}: {done.plan}; its state is {where}",
        *next_steps(target.environment, told=done.told),
    ]
    show(as_json=as_json, data=data, lines=lines)
