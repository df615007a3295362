"""Everything that the runbook says, gathered from where it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.config.alarms import Alarm, all_alarms
from app.config.environment import Environment
from app.config.first_load import FirstLoadDuration
from app.config.loading import PhaseSet
from app.config.measured import MeasuredRehearsal, read_rehearsals
from app.config.names import Names
from app.pipeline.cost.estimate import Estimate, estimate
from app.pipeline.cost.prices import load_prices
from app.pipeline.foundation import foundation_needs
from app.pipeline.runbook.steps import Step, steps
from app.pipeline.workspaces import Workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookFacts:
    """What the templates may use."""

    environment: Environment
    names: Names
    phases: PhaseSet
    steps: tuple[Step, ...]
    alarms: tuple[Alarm, ...]
    cost: Estimate
    workspace_costs: dict[str, float]
    foundation: tuple[tuple[str, ...], ...]
    first_load: FirstLoadDuration
    rehearsal: MeasuredRehearsal | None


def gather(environment: Environment, *, phases: PhaseSet, workspaces: Path) -> RunbookFacts:
    """Return the facts. `workspaces` is the directory of synthesized workspaces."""
    cost = estimate(
        workspaces, environment=environment, prices=load_prices(region=environment.region)
    )
    per_workspace: dict[str, float] = {}
    for (workspace, _service), usd in cost.services.items():
        per_workspace[workspace] = per_workspace.get(workspace, 0.0) + usd
    rehearsals = read_rehearsals()
    return RunbookFacts(
        environment=environment,
        names=Names.of(environment),
        phases=phases,
        steps=steps(phases, environment),
        alarms=all_alarms(environment),
        cost=cost,
        workspace_costs=per_workspace,
        foundation=_waves(workspaces),
        first_load=environment.replication.first_load.duration(),
        rehearsal=rehearsals[-1] if rehearsals else None,
    )


def _waves(directory: Path) -> tuple[tuple[str, ...], ...]:
    """Return the foundation in the order of its first apply; what is in one part runs at once."""
    needs = foundation_needs(Workspaces(directory, directory))
    done: set[str] = set()
    waves = []
    while len(done) < len(needs):
        wave = tuple(name for name, needed in needs.items() if name not in done and needed <= done)
        waves.append(wave)
        done.update(wave)
    return tuple(waves)
