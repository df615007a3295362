"""The web application firewall before the load balancer, and the log of what it decided."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.cloudwatch_log_resource_policy import CloudwatchLogResourcePolicy
from cdktf_cdktf_provider_aws.wafv2_web_acl import (
    Wafv2WebAcl,
    Wafv2WebAclDefaultAction,
    Wafv2WebAclDefaultActionAllow,
    Wafv2WebAclVisibilityConfig,
)
from cdktf_cdktf_provider_aws.wafv2_web_acl_association import Wafv2WebAclAssociation
from cdktf_cdktf_provider_aws.wafv2_web_acl_logging_configuration import (
    Wafv2WebAclLoggingConfiguration,
    Wafv2WebAclLoggingConfigurationRedactedFields,
    Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader,
)
from constructs import Construct

from app.components.firewall_rules import rules
from app.components.log_group import log_group
from app.components.policy_document import Statement, policy_document
from app.config.entrance import Entrance
from app.config.names import Names

# Who holds one of these can act as the client, or ask for another client's payment.
SECRET_HEADERS = ("authorization", "cookie", "idempotency-key")


class Firewall(Construct):
    """Lets in what no rule refuses; logs every request without its secrets."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        entrance: Entrance,
        load_balancer_arn: str,
        key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        self._names = names
        acl = Wafv2WebAcl(
            self,
            "acl",
            name=names.prefix,
            description="Refuses injection, floods and oversize bodies",
            scope="REGIONAL",
            default_action=Wafv2WebAclDefaultAction(allow=Wafv2WebAclDefaultActionAllow()),
            rule=rules(entrance),
            visibility_config=Wafv2WebAclVisibilityConfig(
                cloudwatch_metrics_enabled=True,
                metric_name=names.prefix,
                sampled_requests_enabled=True,
            ),
        )
        Wafv2WebAclAssociation(
            self, "entrance", resource_arn=load_balancer_arn, web_acl_arn=acl.arn
        )
        self._log(acl, key_arn=key_arn)

    def _log(self, acl: Wafv2WebAcl, *, key_arn: str) -> None:
        group = log_group(self, "log", name=self._names.firewall_log_group, key_arn=key_arn)
        # WAF would add a policy of its own, one for all log groups of the account.
        policy = CloudwatchLogResourcePolicy(
            self,
            "log-policy",
            policy_name=self._names.firewall_log_group,
            policy_document=policy_document(_deliver(self._names)),
        )
        Wafv2WebAclLoggingConfiguration(
            self,
            "logging",
            resource_arn=acl.arn,
            log_destination_configs=[group.arn],
            redacted_fields=[
                Wafv2WebAclLoggingConfigurationRedactedFields(
                    single_header=Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader(
                        name=header
                    )
                )
                for header in SECRET_HEADERS
            ],
            depends_on=[policy],
        )


def _deliver(names: Names) -> Statement:
    logs = f"arn:aws:logs:{names.region}:{names.account_id}"
    return Statement(
        sid="DeliverFirewallLog",
        principal={"Service": "delivery.logs.amazonaws.com"},
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=(f"{logs}:log-group:{names.firewall_log_group}:log-stream:*",),
        condition={
            "ArnLike": {"aws:SourceArn": f"{logs}:*"},
            "StringEquals": {"aws:SourceAccount": names.account_id},
        },
    )
