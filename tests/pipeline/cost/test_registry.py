"""Every type of the target is priced, or free for a reason that is written down."""

from __future__ import annotations

import pytest

from app.pipeline.cost.registry import free, known_kinds, priced

# What the workspaces of the target are made of. A type that is missing here may still be priced.
PRICED = """
nat_gateway eip vpc_endpoint flow_log vpn_connection kms_key rds_cluster rds_cluster_instance
secretsmanager_secret s3_bucket ecr_repository lambda_function lambda_provisioned_concurrency_config
appautoscaling_target appautoscaling_policy sqs_queue lb
s3_bucket_notification route53_zone route53_query_log route53_health_check backup_plan
wafv2_web_acl wafv2_web_acl_logging_configuration cloudwatch_log_group cloudwatch_metric_alarm
cloudwatch_composite_alarm cloudwatch_dashboard cloudwatch_query_definition
dms_replication_instance dms_replication_task sns_topic sns_topic_subscription ssm_parameter
sfn_state_machine
""".split()  # noqa: SIM905  # a list of words reads better than fifty quotes
FREE = """
vpc subnet route_table route route_table_association internet_gateway network_acl network_acl_rule
network_acl_association default_security_group security_group security_group_rule
vpc_security_group_ingress_rule vpc_security_group_egress_rule vpn_gateway customer_gateway
vpn_connection_route vpn_gateway_attachment vpn_gateway_route_propagation kms_alias
rds_cluster_parameter_group db_parameter_group db_subnet_group secretsmanager_secret_rotation
secretsmanager_secret_policy s3_bucket_policy s3_bucket_public_access_block s3_bucket_versioning
s3_bucket_server_side_encryption_configuration s3_bucket_lifecycle_configuration
s3_bucket_object_lock_configuration s3_bucket_ownership_controls
ecr_lifecycle_policy lambda_alias lambda_permission lambda_function_event_invoke_config lb_listener
lb_target_group lb_target_group_attachment acm_certificate acm_certificate_validation
route53_record route53_key_signing_key route53_hosted_zone_dnssec backup_vault
backup_vault_lock_configuration backup_selection
wafv2_web_acl_association cloudwatch_log_resource_policy dms_endpoint
dms_certificate dms_replication_subnet_group dms_event_subscription db_event_subscription
sns_topic_policy cloudwatch_event_rule cloudwatch_event_target budgets_budget iam_role
iam_role_policy iam_role_policy_attachment iam_policy iam_openid_connect_provider
cloudformation_stack
""".split()  # noqa: SIM905  # as above


@pytest.mark.parametrize("kind", PRICED)
def test_the_type_is_priced(kind: str) -> None:
    assert f"aws_{kind}" in known_kinds()[0]


@pytest.mark.parametrize("kind", FREE)
def test_the_type_is_free_for_a_reason(kind: str) -> None:
    assert len(known_kinds()[1][f"aws_{kind}"]) > 10


def test_a_type_is_claimed_once() -> None:
    known_kinds()
    with pytest.raises(RuntimeError, match="two modules"):
        free("twice", "aws_vpc")
    with pytest.raises(RuntimeError, match="two modules"):
        priced("aws_lb", service="again")(lambda *_: None)
