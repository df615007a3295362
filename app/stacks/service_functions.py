"""The functions of the workspace `service`: which there are, and what each may do."""

from __future__ import annotations

from math import ceil

from constructs import Construct

from app.components.asynchronous_calls import called_once
from app.components.comparison_machine import ComparisonMachine
from app.components.container_function import ContainerFunction, Placement
from app.components.elastic_alias import ElasticAlias
from app.components.function_permissions import (
    invoke_itself,
    keep_evidence,
    keep_sums,
    read_budget,
    read_features,
    read_metrics,
    read_secrets,
    rotate_secrets,
    turn_tasks,
    watch_secrets,
    watch_tasks,
)
from app.components.function_target import FunctionTarget
from app.components.function_variables import (
    api_variables,
    comparison_variables,
    engine_variables,
    rotation_variables,
    validator_variables,
)
from app.components.load_balancer import HTTPS
from app.components.phase_template import handover_function_seconds, validation_function_seconds
from app.components.release_alias import release_alias
from app.components.rotation_permission import rotation_permission
from app.components.security_group import SecurityGroup
from app.components.subnet_tier import ANYWHERE
from app.config.colours import payment_api
from app.config.environment import Environment
from app.config.names import Names

POSTGRESQL = 5432
# Answering after the longest hold.
API_GRACE_SECONDS = 10
# A step of a rotation is a login and a statement or two; Secrets Manager repeats what fails.
ROTATION_SECONDS = 60
# As long as Lambda allows. A part is 16 GiB at most: a minute or two, minutes on a slow disk.
COMPARISON_SECONDS = 900


class ServiceFunctions:
    """Creates the functions in the workspace."""

    def __init__(self, workspace: Construct, *, environment: Environment) -> None:
        self._workspace = workspace
        self._environment = environment
        self._names = Names.of(environment)
        self._reserved = environment.service.reserved_concurrency

    def security_group(self, *, vpc_id: str) -> str:
        """Create the functions' security group; return its id."""
        group = SecurityGroup(
            self._workspace,
            "functions",
            name=f"{self._names.prefix}-functions",
            description="Functions reach the databases and AWS, nothing reaches them",
            vpc_id=vpc_id,
        )
        group.allow_to("aws", port=HTTPS, cidr=ANYWHERE, description="AWS APIs")
        group.allow_to(
            "legacy-database",
            port=POSTGRESQL,
            cidr=str(self._environment.data_centre.cidr),
            description="Legacy database",
        )
        for zone, block in zip(
            self._environment.zones, self._environment.network.subnets.data, strict=True
        ):
            group.allow_to(
                f"database-{zone[-1]}",
                port=POSTGRESQL,
                cidr=str(block),
                description=f"Database in {zone}",
            )
        return group.group_id

    def colour(self, colour: str, placement: Placement) -> str:
        """Create a release colour: its function, alias, copies and target group's ARN, returned."""
        function = self._payment_api(colour, placement)
        alias = release_alias(self._workspace, colour, function=function)
        ElasticAlias(
            self._workspace,
            f"copies-{colour}",
            environment=self._environment,
            function_name=function.name,
            alias=alias,
        )
        target = FunctionTarget(
            self._workspace,
            f"target-{colour}",
            name=self._names.target_group(colour),
            alias=alias,
        )
        return target.group_arn

    def _payment_api(self, colour: str, placement: Placement) -> ContainerFunction:
        """Create the function that clients reach through the load balancer."""
        return ContainerFunction(
            self._workspace,
            payment_api(colour),
            names=self._names,
            placement=placement,
            handler="app.lambdas.payment_api.handler.handler",
            timeout_seconds=ceil(self._environment.service.hold_seconds) + API_GRACE_SECONDS,
            reserved_concurrency=self._reserved.payment_api,
            variables=api_variables(self._environment),
            statements=(*read_secrets(self._names, role="app"), read_features(self._names)),
        )

    def engine(self, placement: Placement) -> None:
        """Create the functions that phases call, under the ARN that phases compute."""
        by_dms = self._environment.replication.carrier == "dms"
        needs = (
            *read_secrets(self._names, role="migration"),
            *keep_evidence(self._names),
            read_features(self._names),
            *((watch_tasks(),) if by_dms else ()),
        )
        validator = ContainerFunction(
            self._workspace,
            "validator",
            names=self._names,
            placement=placement,
            handler="app.lambdas.validator.handler.handler",
            timeout_seconds=validation_function_seconds(self._environment),
            reserved_concurrency=self._reserved.validator,
            variables=validator_variables(self._environment),
            statements=(
                *needs,
                read_metrics(),
                watch_secrets(self._names),
                read_budget(self._names),
                invoke_itself(self._names, purpose="validator"),
            ),
        )
        # A gate whose sandbox died would read whole tables again, and answer nobody.
        called_once(self._workspace, "validator-calls", function_name=validator.function_name)
        ContainerFunction(
            self._workspace,
            "handover",
            names=self._names,
            placement=placement,
            handler="app.lambdas.handover.handler.handler",
            timeout_seconds=handover_function_seconds(self._environment),
            reserved_concurrency=self._reserved.handover,
            variables=engine_variables(self._environment),
            statements=(
                *needs,
                *(
                    (turn_tasks(self._names), invoke_itself(self._names, purpose="handover"))
                    if by_dms
                    else ()
                ),
            ),
        )

    def secret_rotation(self, placement: Placement) -> None:
        """Create the function that Secrets Manager calls; `rotation` joins it to the secrets."""
        function = ContainerFunction(
            self._workspace,
            "secret-rotation",
            names=self._names,
            placement=placement,
            handler="app.lambdas.secret_rotation.handler.handler",
            timeout_seconds=ROTATION_SECONDS,
            reserved_concurrency=self._reserved.secret_rotation,
            variables=rotation_variables(self._environment),
            statements=rotate_secrets(self._names),
        )
        rotation_permission(
            self._workspace, "secret-rotation-permission", names=self._names, function=function
        )

    def comparison(self, placement: Placement) -> None:
        """Create the function that reads parts of a comparison, and what has them read."""
        ContainerFunction(
            self._workspace,
            "comparison",
            names=self._names,
            placement=placement,
            handler="app.lambdas.comparison.handler.handler",
            timeout_seconds=COMPARISON_SECONDS,
            reserved_concurrency=self._reserved.comparison,
            variables=comparison_variables(self._environment),
            statements=(
                *read_secrets(self._names, role="migration"),
                *keep_sums(self._names),
            ),
        )
        ComparisonMachine(
            self._workspace,
            "comparison-machine",
            names=self._names,
            key_arn=placement.key_arn,
            function_seconds=COMPARISON_SECONDS,
        )
