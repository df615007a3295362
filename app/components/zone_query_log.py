"""The log of a zone's queries: who asked for which name, and what was answered."""

from __future__ import annotations

from cdktf import TerraformProvider
from cdktf_cdktf_provider_aws.cloudwatch_log_resource_policy import CloudwatchLogResourcePolicy
from cdktf_cdktf_provider_aws.route53_query_log import Route53QueryLog
from constructs import Construct

from app.components.customer_key import CustomerKey, logs_user
from app.components.log_group import log_group
from app.components.policy_document import Statement, policy_document
from app.config.names import Names


class ZoneQueryLog(Construct):
    """Logs what Route 53 answers for a zone; `provider` and `names` are those of its region."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        zone: str,
        zone_id: str,
        provider: TerraformProvider,
    ) -> None:
        super().__init__(scope, id_)
        name = names.query_log_group(zone)
        key = CustomerKey(
            self,
            "key",
            names=names,
            purpose="dns-log",
            description="Log of the queries of the zone",
            users=[logs_user(names, group_prefix=name)],
            through=("logs",),
            provider=provider,
        )
        group = log_group(self, "log", name=name, key_arn=key.arn, provider=provider)
        policy = CloudwatchLogResourcePolicy(
            self,
            "policy",
            policy_name=f"{names.prefix}-dns",
            policy_document=policy_document(_write(names, group=name, zone_id=zone_id)),
            provider=provider,
        )
        Route53QueryLog(
            self,
            "queries",
            zone_id=zone_id,
            cloudwatch_log_group_arn=group.arn,
            depends_on=[policy],
        )


def _write(names: Names, *, group: str, zone_id: str) -> Statement:
    logs = f"arn:aws:logs:{names.region}:{names.account_id}"
    return Statement(
        sid="WriteQueries",
        principal={"Service": "route53.amazonaws.com"},
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=(f"{logs}:log-group:{group}:log-stream:*",),
        condition={
            "ArnLike": {"aws:SourceArn": f"arn:aws:route53:::hostedzone/{zone_id}"},
            "StringEquals": {"aws:SourceAccount": names.account_id},
        },
    )
