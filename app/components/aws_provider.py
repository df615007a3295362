"""The AWS provider: its exact version, its region, and the tags that everything carries."""

from __future__ import annotations

from cdktf import TerraformProvider
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from app.config.environment import Environment
from app.config.names import DNS_REGION

# The version that the bindings were generated from; another one may not know their arguments.
PROVIDER_VERSION = "= 5.100.0"


def aws_provider(scope: Construct, *, environment: Environment, workspace: str) -> None:
    """Configure the provider without credentials or endpoints, which come from outside."""
    _provider(scope, "aws", environment, workspace, region=environment.region)


def dns_provider(
    scope: Construct, *, environment: Environment, workspace: str
) -> TerraformProvider:
    """Configure a second provider, for what Route 53 wants in its own region."""
    return _provider(scope, "dns", environment, workspace, region=DNS_REGION, alias="dns")


def _provider(
    scope: Construct,
    id_: str,
    environment: Environment,
    workspace: str,
    *,
    region: str,
    alias: str | None = None,
) -> AwsProvider:
    tags = {
        "cost-centre": environment.cost_centre,
        "environment": environment.name,
        "owner": environment.owner,
        "workspace": workspace,
    }
    return AwsProvider(
        scope,
        id_,
        alias=alias,
        region=region,
        s3_use_path_style=True if environment.s3_path_style else None,
        default_tags=[AwsProviderDefaultTags(tags=tags)],
    )
