"""All that is asked before a step up of a target, for whoever goes and for whoever only looks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from app.config.loading import PhaseSet
from app.pipeline import aws
from app.pipeline.drift.last_look import LastLooks
from app.pipeline.evidence import Evidence
from app.pipeline.guards.alarms import Alarms
from app.pipeline.guards.bake import Bake
from app.pipeline.guards.base import Guard
from app.pipeline.guards.drift import Drift
from app.pipeline.guards.figures import Figures
from app.pipeline.guards.foundation import FoundationDrift
from app.pipeline.target import Target


def guards_of(target: Target, *, evidence: Evidence, phases: PhaseSet) -> Mapping[str, Guard]:
    """Return the guards by their names, the quickest first; none of them changes anything."""
    environment = target.environment
    return {
        "bake": Bake(
            evidence=evidence,
            phases=phases,
            seconds_a_minute=environment.delivery.bake_minute_seconds,
        ),
        "alarms": Alarms(cloudwatch=aws.cloudwatch(environment), names=target.names),
        "figures": Figures(
            cloudwatch=aws.cloudwatch(environment), names=target.names, phases=phases
        ),
        "foundation": FoundationDrift(
            looks=LastLooks(aws.s3(environment), target.names),
            known_hours=environment.delivery.drift_known_hours,
        ),
        "drift": Drift(
            environment=environment, phases=phases, client=partial(aws.client, environment)
        ),
    }
