"""A function's alias as a target of the load balancer."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup
from cdktf_cdktf_provider_aws.lb_target_group_attachment import LbTargetGroupAttachment
from constructs import Construct


class FunctionTarget(Construct):
    """A target group of one alias, which only this target group may invoke."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        function_name: str,
        alias: str,
        alias_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        group = LbTargetGroup(self, "group", name=name, target_type="lambda")
        permission = LambdaPermission(
            self,
            "permission",
            statement_id=f"LoadBalancer-{alias}",
            action="lambda:InvokeFunction",
            function_name=function_name,
            qualifier=alias,
            principal="elasticloadbalancing.amazonaws.com",
            source_arn=group.arn,
        )
        LbTargetGroupAttachment(
            self,
            "target",
            target_group_arn=group.arn,
            target_id=alias_arn,
            depends_on=[permission],
        )
        self.group_arn: str = group.arn
