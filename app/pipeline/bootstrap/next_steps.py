"""What has to be done with what the bootstrap made, before the foundation can be delivered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.config.environment import Environment
from app.config.names import Names
from app.pipeline.bootstrap.variables import repository_variables


def next_steps(environment: Environment, *, told: Mapping[str, Any]) -> list[str]:
    """Return lines for people, in the order of what to do; `told` are the workspace's outputs."""
    zone = environment.dns.zone
    variables = repository_variables(Names.of(environment))
    return [
        "Set these variables of the repository at GitHub:",
        *(f"  {variable}={value}" for variable, value in variables.items()),
        *_whom_they_trust(environment),
        f"Write these name servers as NS records of {zone} into its parent zone; until the world",
        "finds them, ACM issues no certificate and `payshift deliver --foundation` fails:",
        *(f"  {server}" for server in told["name_servers"]),
        f"Then write this DS record of {zone} beside them; resolvers refuse forged answers from",
        "then on:",
        f"  {told['ds_record']}",
        "Run the workflow `release`, which pushes the first image here, and merge its pull",
        "request; Lambda makes no function without an image:",
        f"  {told['image_repository']}",
        "Then: payshift doctor",
    ]


def _whom_they_trust(environment: Environment) -> list[str]:
    delivery = environment.delivery
    trusted = f"The roles trust GitHub's tokens for repo:{delivery.identity}:… alone."
    if delivery.owner_id is not None:
        return [trusted]
    return [
        trusted,
        "A repository made or renamed since 15 July 2026 has numbers in its tokens: write",
        "delivery.owner_id and delivery.repository_id, and run this again.",
    ]
