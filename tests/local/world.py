"""A small local cloud with functions, a load balancer and a zone, for tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from tests.local.processes import Started

ZONE = "payments.test"
REGION = "us-east-2"
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@dataclass(frozen=True)
class World:
    """The processes and the ways to them."""

    cloud: Started
    host: Started
    directory: Path
    ca: Path
    zone_id: str
    target_groups: dict[str, str]
    listener: str

    @property
    def endpoint(self) -> str:
        """Where the AWS API is."""
        return str(self.cloud.said["endpoint"])

    @property
    def edge(self) -> str:
        """Where the load balancer is."""
        edge = self.host.said["edge"]
        return f"https://{edge['address']}:{edge['port']}"

    def client(self, service: str) -> Any:
        """A boto3 client of the local cloud."""
        return client(self.endpoint, service)

    def calls(self) -> list[dict[str, Any]]:
        """The events that the custom resource's function has received."""
        file = self.directory / "calls"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [json.loads(line) for line in lines]


def client(endpoint: str, service: str) -> Any:
    """A boto3 client of a local cloud."""
    return boto3.client(
        service,  # type: ignore[call-overload]  # the stubs want a literal
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def make_function(
    endpoint: str, *, name: str, handler: str, timeout_seconds: int = 2, **environment: str
) -> None:
    """Create a function from an image, with the aliases blue and green."""
    lambda_ = client(endpoint, "lambda")
    lambda_.create_function(
        FunctionName=name,
        Role=_role(endpoint),
        PackageType="Image",
        Code={"ImageUri": push_image(endpoint)},
        ImageConfig={"Command": [handler]},
        Environment={"Variables": {"PAYSHIFT_TEST": "1", **environment}},
        Timeout=timeout_seconds,
        MemorySize=512,
        Publish=True,
    )
    for alias in ("blue", "green"):
        lambda_.create_alias(FunctionName=name, Name=alias, FunctionVersion="1")


def push_image(endpoint: str, *, repository: str = "test", digest: str = "a" * 64) -> str:
    """Put an image into a repository, which is made if need be; gives the image's address."""
    ecr = client(endpoint, "ecr")
    known = {one["repositoryName"] for one in ecr.describe_repositories()["repositories"]}
    if repository not in known:
        ecr.create_repository(repositoryName=repository)
    images = ecr.list_images(repositoryName=repository)["imageIds"]
    if f"sha256:{digest}" not in {one["imageDigest"] for one in images}:
        ecr.put_image(
            repositoryName=repository,
            imageManifest=json.dumps({"schemaVersion": 2, "config": {"digest": digest}}),
            imageManifestMediaType="application/vnd.oci.image.manifest.v1+json",
            imageTag=digest,
            imageDigest=f"sha256:{digest}",
        )
    return f"123456789012.dkr.ecr.{REGION}.amazonaws.com/{repository}@sha256:{digest}"


def _role(endpoint: str) -> str:
    iam = client(endpoint, "iam")
    known = [role["Arn"] for role in iam.list_roles()["Roles"] if role["RoleName"] == "function"]
    if known:
        return str(known[0])
    return str(iam.create_role(RoleName="function", AssumeRolePolicyDocument=_TRUST)["Role"]["Arn"])


def make_load_balancer(endpoint: str, *, function: str) -> tuple[str, dict[str, str]]:
    """Create a load balancer that redirects HTTP, and by HTTPS forwards everything to blue."""
    elb = client(endpoint, "elbv2")
    ec2 = client(endpoint, "ec2")
    subnets = [entry["SubnetId"] for entry in ec2.describe_subnets()["Subnets"][:2]]
    balancer = elb.create_load_balancer(Name="payshift-test", Subnets=subnets)["LoadBalancers"][0]
    certificate = client(endpoint, "acm").request_certificate(DomainName=f"api.{ZONE}")
    groups = {}
    for colour in ("blue", "green"):
        group = elb.create_target_group(Name=f"payshift-test-{colour}", TargetType="lambda")
        arn = group["TargetGroups"][0]["TargetGroupArn"]
        target = f"arn:aws:lambda:{REGION}:123456789012:function:{function}:{colour}"
        elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": target}])
        groups[colour] = arn
    # First, as Terraform makes it: it waits for no certificate.
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[redirect()],
    )
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate["CertificateArn"]}],
        DefaultActions=forward(groups, blue=100, green=0),
    )
    return listener["Listeners"][0]["ListenerArn"], groups


def redirect() -> dict[str, Any]:
    """An action that sends plain clients to HTTPS."""
    to = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    return {"Type": "redirect", "RedirectConfig": to}


def forward(groups: dict[str, str], *, blue: int, green: int) -> list[dict[str, Any]]:
    """A forward action with weights."""
    targets = [
        {"TargetGroupArn": groups["blue"], "Weight": blue},
        {"TargetGroupArn": groups["green"], "Weight": green},
    ]
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": targets}}]


def weighted(*, identifier: str, weight: int, value: str) -> dict[str, Any]:
    """A change that upserts one weighted CNAME."""
    return {
        "Action": "UPSERT",
        "ResourceRecordSet": {
            "Name": f"api.{ZONE}",
            "Type": "CNAME",
            "SetIdentifier": identifier,
            "Weight": weight,
            "TTL": 2,
            "ResourceRecords": [{"Value": value}],
        },
    }
