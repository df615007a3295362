"""The AWS provider: its exact version, its region, and the tags that everything carries."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from app.config.environment import Environment

# The version that the bindings were generated from; another one may not know their arguments.
PROVIDER_VERSION = "= 5.100.0"


def aws_provider(scope: Construct, *, environment: Environment, workspace: str) -> None:
    """Configure the provider without credentials or endpoints, which come from outside."""
    tags = {
        "cost-centre": environment.cost_centre,
        "environment": environment.name,
        "owner": environment.owner,
        "workspace": workspace,
    }
    AwsProvider(
        scope,
        "aws",
        region=environment.region,
        s3_use_path_style=True if environment.s3_path_style else None,
        default_tags=[AwsProviderDefaultTags(tags=tags)],
    )
