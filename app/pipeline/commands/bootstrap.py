"""`payshift bootstrap`: make the state bucket and the roles, once for each target."""

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
    """Create what everything else is delivered with: state bucket, OIDC trust, roles."""
    from app.pipeline import aws
    from app.pipeline.bootstrap.found import Look
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
    client = target.environment
    look = Look(
        aws.s3(client),
        aws.iam(client),
        aws.kms(client),
        target.names,
        owns_account_roles=client.replication.owns_account_roles,
    )
    done = run(
        Terraform.find(build=target.build / "terraform"),
        Workspaces(source, target.work),
        look=look,
        agree=agree,
        progress=say,
    )
    variables = repository_variables(target.names)
    data = {
        "environment": name,
        "moved": done.moved,
        "plan": done.plan.as_record(),
        "variables": variables,
    }
    where = f"s3://{target.names.state_bucket}/{target.names.state_key('bootstrap')}"
    lines = [
        f"{name}: {done.plan}; its state is {where}",
        "Variables of the repository at GitHub:",
        *(f"  {variable}={value}" for variable, value in variables.items()),
        f"The roles trust GitHub's tokens for repo:{client.delivery.identity}:… alone.",
    ]
    if client.delivery.owner_id is None:
        lines.append(
            "  A repository made or renamed since 15 July 2026 has numbers in its tokens: "
            "write delivery.owner_id and delivery.repository_id, and run this again."
        )
    show(as_json=as_json, data=data, lines=lines)
