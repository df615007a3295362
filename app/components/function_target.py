"""A function's alias as a target of the load balancer."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from cdktf_cdktf_provider_aws.lb_target_group_attachment import LbTargetGroupAttachment
from constructs import Construct

# Every check is an invocation that is paid for, from each of the balancer's three zones.
HEALTH = LbTargetGroupHealthCheck(
    enabled=True,
    path="/health",
    matcher="200",
    interval=60,
    timeout=10,
    healthy_threshold=2,
    unhealthy_threshold=2,
)


class FunctionTarget(Construct):
    """A target group of one alias, which only this target group may invoke, and which it checks."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        alias: LambdaAlias,
    ) -> None:
        super().__init__(scope, id_)
        group = LbTargetGroup(self, "group", name=name, target_type="lambda", health_check=HEALTH)
        permission = LambdaPermission(
            self,
            "permission",
            statement_id=f"LoadBalancer-{alias.name_input}",
            action="lambda:InvokeFunction",
            # Of the alias: with a name alone it would be asked for before there is a function.
            function_name=alias.function_name,
            qualifier=alias.name,
            principal="elasticloadbalancing.amazonaws.com",
            source_arn=group.arn,
        )
        LbTargetGroupAttachment(
            self,
            "target",
            target_group_arn=group.arn,
            target_id=alias.arn,
            depends_on=[permission],
        )
        self.group_arn: str = group.arn
