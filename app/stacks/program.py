"""Every workspace of one environment, and which of them must be applied before which."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cdktf import App

from app.config.environment import Environment
from app.config.phases import Phase, Release
from app.stacks.bootstrap import BootstrapWorkspace
from app.stacks.data import DataWorkspace
from app.stacks.network import NetworkWorkspace
from app.stacks.observability import ObservabilityWorkspace
from app.stacks.phase import PhaseWorkspace
from app.stacks.replication import ReplicationWorkspace
from app.stacks.rotation import RotationWorkspace
from app.stacks.service import ServiceWorkspace
from app.stacks.workspace import Workspace


def write_workspaces(
    *, environment: Environment, phases: Sequence[Phase], release: Release, output: Path
) -> tuple[str, ...]:
    """Synthesize into `output`; return the names of the workspaces in an order that applies.

    `output/manifest.json` lists for each workspace the ones it needs (`dependencies`).
    """
    output.mkdir(parents=True, exist_ok=True)
    app = App(outdir=str(output), stack_traces=False)
    network = NetworkWorkspace(app, environment=environment)
    data = DataWorkspace(app, environment=environment)
    service = ServiceWorkspace(app, environment=environment, release=release)
    for needs_network in (data, service):
        needs_network.add_dependency(network)
    rotation = RotationWorkspace(app, environment=environment)
    for needed in (data, service):
        rotation.add_dependency(needed)
    replication = ReplicationWorkspace(app, environment=environment)
    replication.add_dependency(network)
    replication.add_dependency(data)
    observability = ObservabilityWorkspace(app, environment=environment)
    for watched in (data, service, replication):
        observability.add_dependency(watched)
    workspaces: list[Workspace] = [
        network, data, service, rotation, replication, observability,
    ]  # fmt: skip
    for phase in sorted(phases, key=lambda one: one.phase):
        workspace = PhaseWorkspace(app, environment=environment, phase=phase)
        for foundation in (data, service):
            workspace.add_dependency(foundation)
        workspaces.append(workspace)
    # Needs nothing and is needed by all: `payshift bootstrap` applies it before there is a target.
    names = tuple(workspace.node.id for workspace in workspaces)
    bootstrap = BootstrapWorkspace(app, environment=environment, workspaces=("bootstrap", *names))
    workspaces.insert(0, bootstrap)
    app.synth()
    return tuple(workspace.node.id for workspace in workspaces)
