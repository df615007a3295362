"""Ways to AWS services that do not leave the network.

An interface endpoint costs 0.01 USD an hour in each zone, 22 USD a month: too much for what is
called now and then. Two earn it always: Secrets Manager and Systems Manager are called while a
payment waits, and must not depend on a NAT gateway; and the replication instance in the data tier,
which has no way out, reads its logins from Secrets Manager. A third one is DMS's own where its
tasks carry the rows: what turns the replication round after a handover must not wait for a NAT
gateway. Metrics, KMS and the rest go out by NAT. Lambda itself writes logs and traces and fetches
images, from outside of the network. The gateway endpoint of S3 costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_lowercase

from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct

from app.components.policy_document import Statement, policy_document
from app.components.security_group import SecurityGroup
from app.config.carrier import Carrier, interface_services
from app.config.names import Names

_HTTPS = 443
_EVERYONE = {"AWS": "*"}


class Endpoints(Construct):
    """S3 by the route tables; Secrets Manager and Systems Manager in the given subnets.

    DMS too, where it is the `carrier`. `callers` are the blocks of addresses that may call them,
    by the name of their tier.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        vpc_id: str,
        route_table_ids: Sequence[str],
        subnet_ids: Sequence[str],
        callers: Mapping[str, Sequence[str]],
        carrier: Carrier,
    ) -> None:
        super().__init__(scope, id_)
        VpcEndpoint(
            self,
            "objects",
            vpc_id=vpc_id,
            service_name=f"com.amazonaws.{names.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=list(route_table_ids),
            policy=policy_document(*_objects(names)),
            tags={"Name": f"{names.prefix}-s3"},
        )
        group = SecurityGroup(
            self,
            "callers",
            name=f"{names.prefix}-endpoints",
            description="Functions and the replication instance call AWS services",
            vpc_id=vpc_id,
        )
        for tier, blocks in callers.items():
            for letter, block in zip(ascii_lowercase, blocks, strict=False):
                group.allow_from(
                    f"{tier}-{letter}", port=_HTTPS, cidr=block, description=f"From {tier}"
                )
        calls = {
            "secretsmanager": _secrets(names),
            "ssm": (_parameters(names),),
            "dms": _tasks(names),
        }
        for service in interface_services(carrier):
            VpcEndpoint(
                self,
                service,
                vpc_id=vpc_id,
                service_name=f"com.amazonaws.{names.region}.{service}",
                vpc_endpoint_type="Interface",
                subnet_ids=list(subnet_ids),
                security_group_ids=[group.group_id],
                private_dns_enabled=True,
                policy=policy_document(*calls[service]),
                tags={"Name": f"{names.prefix}-{service}"},
            )


def _objects(names: Names) -> tuple[Statement, ...]:
    """Buckets of this account, the one where CloudFormation waits for custom resources, packages.

    CloudFormation's answer goes to a bucket of AWS with a signature of AWS: the account does not
    appear in it. Amazon Linux 2023 takes its packages from a bucket of AWS too, which the shell in
    the network installs from.
    """
    callback = f"cloudformation-custom-resource-response-{names.region.replace('-', '')}"
    return (
        Statement(
            sid="OwnBuckets",
            principal=_EVERYONE,
            actions=("s3:GetObject", "s3:ListBucket", "s3:PutObject"),
            resources=("*",),
            condition={"StringEquals": {"s3:ResourceAccount": names.account_id}},
        ),
        Statement(
            sid="AnswerCloudFormation",
            principal=_EVERYONE,
            actions=("s3:PutObject",),
            resources=(f"arn:aws:s3:::{callback}/*",),
        ),
        Statement(
            sid="AmazonLinuxPackages",
            principal=_EVERYONE,
            actions=("s3:GetObject",),
            resources=(f"arn:aws:s3:::al2023-repos-{names.region}-de612dc2/*",),
        ),
    )


def _secrets(names: Names) -> tuple[Statement, ...]:
    """What reading a login and rotating it needs, in this account."""
    secrets = f"arn:aws:secretsmanager:{names.region}:{names.account_id}:secret:*"
    return (
        Statement(
            sid="OwnSecrets",
            principal=_EVERYONE,
            actions=(
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ),
            resources=(secrets,),
            condition=_by_this_account(names),
        ),
        Statement(
            sid="MakePasswords",
            principal=_EVERYONE,
            actions=("secretsmanager:GetRandomPassword",),
            resources=("*",),
            condition=_by_this_account(names),
        ),
    )


def _parameters(names: Names) -> Statement:
    parameters = f"arn:aws:ssm:{names.region}:{names.account_id}:parameter/payshift/*"
    return Statement(
        sid="OwnParameters",
        principal=_EVERYONE,
        actions=("ssm:GetParameter", "ssm:GetParameters"),
        resources=(parameters,),
        condition=_by_this_account(names),
    )


def _tasks(names: Names) -> tuple[Statement, ...]:
    """What starting the replication, turning it round and looking at it needs, in this account."""
    arn = f"arn:aws:dms:{names.region}:{names.account_id}"
    return (
        Statement(
            sid="SeeTasks",
            principal=_EVERYONE,
            actions=(
                "dms:DescribeConnections",
                "dms:DescribeOrderableReplicationInstances",
                "dms:DescribeReplicationTasks",
            ),
            resources=("*",),
            condition=_by_this_account(names),
        ),
        # `payshift replication start` has DMS try its connections; it is run from the app tier.
        Statement(
            sid="TryConnections",
            principal=_EVERYONE,
            actions=("dms:TestConnection",),
            resources=(f"{arn}:endpoint:*", f"{arn}:rep:*"),
            condition=_by_this_account(names),
        ),
        Statement(
            sid="OwnTasks",
            principal=_EVERYONE,
            actions=("dms:StartReplicationTask", "dms:StopReplicationTask"),
            resources=(f"{arn}:task:*",),
            condition=_by_this_account(names),
        ),
    )


def _by_this_account(names: Names) -> dict[str, dict[str, str]]:
    return {"StringEquals": {"aws:PrincipalAccount": names.account_id}}
