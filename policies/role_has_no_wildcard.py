"""A role names the actions and the resources that it needs."""

from policies.base import Json, Policy, Resource, statements, words

# Every action here knows no resource in AWS's service authorization reference, or is asked for
# without one.
NOTHING_NARROWER = {
    "cloudwatch:GetMetricData": "reads metrics, which have no ARN",
    "cloudwatch:PutMetricData": "metrics have no ARN; a condition narrows the namespace",
    "dms:DescribeReplicationTasks": "Describe calls of DMS know no resource",
    "ec2:DeleteNetworkInterface": "Lambda asks for it before a function's interface is there",
    "ec2:DescribeAvailabilityZones": "Describe calls of EC2 know no resource",
    "ec2:DescribeDhcpOptions": "Describe calls of EC2 know no resource",
    "ec2:DescribeInternetGateways": "Describe calls of EC2 know no resource",
    "ec2:DescribeNetworkInterfaces": "Describe calls of EC2 know no resource",
    "ec2:DescribeSecurityGroups": "Describe calls of EC2 know no resource",
    "ec2:DescribeSubnets": "Describe calls of EC2 know no resource",
    "ec2:DescribeVpcs": "Describe calls of EC2 know no resource",
    "ecr:GetAuthorizationToken": "logs in to the registry, which has no ARN",
    "logs:CreateLogDelivery": "log deliveries have no ARN",
    "logs:DeleteLogDelivery": "log deliveries have no ARN",
    "logs:DescribeLogGroups": "Step Functions looks for the group among all",
    "logs:DescribeResourcePolicies": "policies of CloudWatch Logs have no ARN",
    "logs:GetLogDelivery": "log deliveries have no ARN",
    "logs:ListLogDeliveries": "log deliveries have no ARN",
    "logs:PutResourcePolicy": "policies of CloudWatch Logs have no ARN",
    "logs:UpdateLogDelivery": "log deliveries have no ARN",
    "secretsmanager:GetRandomPassword": "makes a password, touches nothing",
    "tag:GetResources": "looks for tags, which have no ARN",
    "xray:GetSamplingRules": "sampling rules are asked for all at once",
    "xray:GetSamplingTargets": "traces have no ARN",
    "xray:PutTelemetryRecords": "traces have no ARN",
    "xray:PutTraceSegments": "traces have no ARN",
}


class RoleHasNoWildcard(Policy):
    """Ensure that roles hold no wildcard where AWS allows something narrower."""

    number = 4
    resources = ("aws_iam_policy", "aws_iam_role_policy")
    keys = ("policy",)

    def is_met(self, resource: Resource) -> bool:
        """Tell whether every statement that allows names what it allows."""
        return all(
            _narrow(one)
            for one in statements(resource.value("policy"))
            if one.get("Effect") == "Allow"
        )


def _narrow(statement: Json) -> bool:
    if "NotAction" in statement or "NotResource" in statement:
        return False
    actions = words(statement.get("Action"))
    if any("*" in action for action in actions):
        return False
    whole = any(_is_everything(one) for one in words(statement.get("Resource")))
    return not whole or all(action in NOTHING_NARROWER for action in actions)


def _is_everything(resource: str) -> bool:
    """Tell whether an ARN names everything: `*`, or a service without a name."""
    return resource.split(":", maxsplit=5)[-1] in {"*", "*/*", "*:*"}


check = RoleHasNoWildcard()
