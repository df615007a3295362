"""A function comes into a VPC only by a role that Lambda lets make and delete its interfaces."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.local.world import REGION, World

pytestmark = pytest.mark.slow

EC2 = f"arn:aws:ec2:{REGION}:123456789012"
KINDS = [f"{EC2}:{kind}/*" for kind in ("network-interface", "security-group", "subnet")]


def make(world: World, name: str, *, deletes: list[str]) -> None:
    rights = {
        "ec2:CreateNetworkInterface": KINDS,
        "ec2:DeleteNetworkInterface": deletes,
        "ec2:DescribeNetworkInterfaces": ["*"],
    }
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": resources}
        for action, resources in rights.items()
    ]
    iam = world.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": []}))
    iam.put_role_policy(
        RoleName=name,
        PolicyName="function",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )
    subnet = world.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    world.client("lambda").create_function(
        FunctionName=name,
        Role=role["Role"]["Arn"],
        PackageType="Image",
        Code={"ImageUri": "123456789012.dkr.ecr.us-east-2.amazonaws.com/test@sha256:" + "a" * 64},
        VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": []},
    )


def test_a_role_that_may_delete_only_kinds_of_resources_makes_no_function(world: World) -> None:
    with pytest.raises(ClientError, match="permissions to call DeleteNetworkInterface on EC2"):
        make(world, "by-kind", deletes=KINDS)


@pytest.mark.parametrize(("name", "resource"), [("by-place", f"{EC2}:*/*"), ("by-all", "*")])
def test_a_role_that_may_delete_every_interface_makes_a_function(
    world: World, name: str, resource: str
) -> None:
    make(world, name, deletes=[resource])

    found = world.client("lambda").get_function_configuration(FunctionName=name)
    assert found["VpcConfig"]["SubnetIds"]
