"""The public entrance: an application load balancer that speaks TLS only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs
from cdktf_cdktf_provider_aws.lb_listener import (
    LbListener,
    LbListenerDefaultAction,
    LbListenerDefaultActionForward,
    LbListenerDefaultActionForwardTargetGroup,
    LbListenerDefaultActionRedirect,
)
from constructs import Construct

from app.components.access_log_bucket import AccessLogBucket

# TLS 1.2 with forward secrecy, and 1.3.
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
HTTP = 80
HTTPS = 443


class LoadBalancer(Construct):
    """Internet-facing; logs every request; refuses malformed headers and its own deletion."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        subnet_ids: Sequence[str],
        security_group_id: str,
        access_logs: AccessLogBucket,
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
            # `strictest` would also refuse odd but harmless requests that the legacy site serves.
            desync_mitigation_mode="defensive",
            enable_deletion_protection=True,
            access_logs=LbAccessLogs(bucket=access_logs.name, enabled=True),
            # A test file is written at once.
            depends_on=[access_logs.policy],
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

    def redirect(self) -> None:
        """Send clients that speak plain text to HTTPS, for good."""
        to_https = LbListenerDefaultActionRedirect(
            protocol="HTTPS", port=str(HTTPS), status_code="HTTP_301"
        )
        LbListener(
            self,
            "http",
            load_balancer_arn=self.arn,
            port=HTTP,
            protocol="HTTP",
            default_action=[LbListenerDefaultAction(type="redirect", redirect=to_https)],
        )
