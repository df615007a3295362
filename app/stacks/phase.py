"""The workspace `phase-N`: everything that differs between phases, and nothing else."""

from __future__ import annotations

from cdktf import TerraformOutput
from cdktf_cdktf_provider_aws.data_aws_lb import DataAwsLb
from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from constructs import Construct

from app.components.custom_resources import custom_resources
from app.components.feature_parameter import feature_parameter
from app.components.phase_template import steps
from app.components.phase_variables import phase_variables
from app.components.weighted_records import weighted_records
from app.config.environment import Environment
from app.config.phases import Phase
from app.stacks.workspace import Workspace


class PhaseWorkspace(Workspace):
    """Before → weights and features → after. One apply brings production here from anywhere."""

    def __init__(self, scope: Construct, *, environment: Environment, phase: Phase) -> None:
        super().__init__(scope, name=phase.name, environment=environment)
        dns = environment.dns
        parameters = phase_variables(self)
        aws_percent = phase.traffic.aws_percent
        weights = {"legacy": 100 - aws_percent, "aws": aws_percent}
        zone = DataAwsRoute53Zone(self, "zone", name=dns.zone)
        balancer = DataAwsLb(self, "entrance", name=self.names.load_balancer)

        before = custom_resources(
            self,
            "before",
            name=self.names.phase_stack(phase.name, "before"),
            description=f"{phase.name} ({phase.title}): before traffic and features change",
            sequence=steps(environment=environment, phase=phase, stage="before"),
            parameters=parameters,
            topic_arn=self.names.change_topic_arn,
        )
        records = weighted_records(
            self,
            dns=dns,
            zone_id=zone.zone_id,
            targets={"legacy": f"legacy.{dns.zone}", "aws": balancer.dns_name},
            weights=weights,
            depends_on=[before],
        )
        features = feature_parameter(
            self,
            "features",
            name=self.names.features_parameter,
            phase=phase,
            depends_on=[before],
        )
        custom_resources(
            self,
            "after",
            name=self.names.phase_stack(phase.name, "after"),
            description=f"{phase.name} ({phase.title}): after traffic and features changed",
            sequence=steps(environment=environment, phase=phase, stage="after"),
            parameters=parameters,
            topic_arn=self.names.change_topic_arn,
            depends_on=[*records, features],
        )
        TerraformOutput(self, "phase", value=phase.name)
        TerraformOutput(self, "weights", value=weights)
