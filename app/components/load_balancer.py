"""The public entrance: an application load balancer that speaks TLS only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdktf_cdktf_provider_aws.lb import Lb
from cdktf_cdktf_provider_aws.lb_listener import (
    LbListener,
    LbListenerDefaultAction,
    LbListenerDefaultActionForward,
    LbListenerDefaultActionForwardTargetGroup,
)
from constructs import Construct

# TLS 1.2 with forward secrecy, and 1.3.
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
HTTPS = 443


class LoadBalancer(Construct):
    """Internet-facing; refuses malformed headers and its own deletion."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        subnet_ids: Sequence[str],
        security_group_id: str,
    ) -> None:
        super().__init__(scope, id_)
        balancer = Lb(
            self,
            "balancer",
            name=name,
            load_balancer_type="application",
            internal=False,
            subnets=subnet_ids,
            security_groups=[security_group_id],
            drop_invalid_header_fields=True,
            enable_deletion_protection=True,
        )
        self.arn: str = balancer.arn

    def forward(self, *, certificate_arn: str, weights: Mapping[str, int]) -> None:
        """Serve HTTPS and split requests between target groups (by ARN) by weight."""
        groups = [
            LbListenerDefaultActionForwardTargetGroup(arn=arn, weight=weight)
            for arn, weight in weights.items()
        ]
        LbListener(
            self,
            "https",
            load_balancer_arn=self.arn,
            port=HTTPS,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate_arn,
            default_action=[
                LbListenerDefaultAction(
                    type="forward", forward=LbListenerDefaultActionForward(target_group=groups)
                )
            ],
        )
