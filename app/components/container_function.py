"""A Lambda function that runs a container image inside the VPC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.lambda_function import (
    LambdaFunction,
    LambdaFunctionDeadLetterConfig,
    LambdaFunctionEnvironment,
    LambdaFunctionImageConfig,
    LambdaFunctionTracingConfig,
    LambdaFunctionVpcConfig,
)
from constructs import Construct

from app.components.function_role import FunctionRole
from app.components.log_group import log_group
from app.components.policy_document import Statement
from app.config.names import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What functions of one environment share: image, size, place in the network, key, failures."""

    image_uri: str
    memory_megabytes: int
    subnet_ids: Sequence[str]
    security_group_id: str
    key_arn: str
    failure_queue_arn: str


class ContainerFunction(Construct):
    """The function, its log group and its role. Every change publishes a version.

    Variables and logs are encrypted with the placement's key, every call is traced, and no more
    than `reserved_concurrency` copies run at once. Offers `name` as text, `function_name` for
    what must be made after it, and `version`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        placement: Placement,
        handler: str,
        timeout_seconds: int,
        reserved_concurrency: int,
        variables: Mapping[str, str],
        statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id_)
        self.name = names.function(id_)
        logs = log_group(self, "logs", name=f"/aws/lambda/{self.name}", key_arn=placement.key_arn)
        role = FunctionRole(
            self,
            "role",
            names=names,
            function_name=self.name,
            key_arn=placement.key_arn,
            failure_queue_arn=placement.failure_queue_arn,
            statements=statements,
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
            reserved_concurrent_executions=reserved_concurrency,
            publish=True,
            environment=LambdaFunctionEnvironment(variables=variables),
            kms_key_arn=placement.key_arn,
            tracing_config=LambdaFunctionTracingConfig(mode="Active"),
            dead_letter_config=LambdaFunctionDeadLetterConfig(
                target_arn=placement.failure_queue_arn
            ),
            vpc_config=LambdaFunctionVpcConfig(
                subnet_ids=placement.subnet_ids,
                security_group_ids=[placement.security_group_id],
            ),
            # Lambda would make the group itself, without retention; and without the policy it
            # refuses the network and the queue.
            depends_on=[logs, role.policy],
        )
        self.function_name: str = function.function_name
        self.version: str = function.version
