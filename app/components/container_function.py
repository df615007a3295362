"""A Lambda function that runs a container image inside the VPC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.lambda_function import (
    LambdaFunction,
    LambdaFunctionEnvironment,
    LambdaFunctionImageConfig,
    LambdaFunctionVpcConfig,
)
from constructs import Construct

from app.components.function_role import FunctionRole
from app.components.log_group import LOG_RETENTION_DAYS
from app.components.policy_document import Statement
from app.config.names import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What functions of one environment share: image, size and place in the network."""

    image_uri: str
    memory_megabytes: int
    subnet_ids: Sequence[str]
    security_group_id: str


class ContainerFunction(Construct):
    """The function, its log group and its role. Every change publishes a version."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        placement: Placement,
        handler: str,
        timeout_seconds: int,
        variables: Mapping[str, str],
        statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id_)
        self.name = names.function(id_)
        logs = CloudwatchLogGroup(
            self, "logs", name=f"/aws/lambda/{self.name}", retention_in_days=LOG_RETENTION_DAYS
        )
        role = FunctionRole(
            self, "role", names=names, function_name=self.name, statements=statements
        )
        function = LambdaFunction(
            self,
            "function",
            function_name=self.name,
            role=role.arn,
            package_type="Image",
            architectures=["arm64"],
            image_uri=placement.image_uri,
            image_config=LambdaFunctionImageConfig(command=[handler]),
            memory_size=placement.memory_megabytes,
            timeout=timeout_seconds,
            publish=True,
            environment=LambdaFunctionEnvironment(variables=variables),
            vpc_config=LambdaFunctionVpcConfig(
                subnet_ids=placement.subnet_ids,
                security_group_ids=[placement.security_group_id],
            ),
            # Lambda would make the group itself, without retention; and without the policy it
            # refuses to attach to the network.
            depends_on=[logs, role.policy],
        )
        self.version: str = function.version
