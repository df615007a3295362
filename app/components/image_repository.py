"""Where the functions' container images lie."""

from __future__ import annotations

import json

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import (
    EcrRepository,
    EcrRepositoryEncryptionConfiguration,
    EcrRepositoryImageScanningConfiguration,
)
from cdktf_cdktf_provider_aws.ecr_repository_policy import EcrRepositoryPolicy
from constructs import Construct

from app.components.customer_key import CustomerKey
from app.components.policy_document import Statement, policy_document
from app.config.names import Names

# An image that lost its tag was replaced by nothing: nobody deploys it.
UNTAGGED_DAYS = 7


class ImageRepository(Construct):
    """A guarded repository with its own key. Tags never move; images are scanned. Offers `url`."""

    def __init__(self, scope: Construct, id_: str, *, names: Names, kept_images: int) -> None:
        super().__init__(scope, id_)
        key = CustomerKey(
            self,
            "key",
            names=names,
            purpose="registry",
            description="Container images of the functions",
        )
        repository = EcrRepository(
            self,
            "repository",
            name=names.image_repository,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=EcrRepositoryImageScanningConfiguration(scan_on_push=True),
            encryption_configuration=[
                EcrRepositoryEncryptionConfiguration(encryption_type="KMS", kms_key=key.arn)
            ],
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        EcrLifecyclePolicy(
            self,
            "expiry",
            repository=repository.name,
            policy=_expiry(kept_images=kept_images),
        )
        # Lambda would add it by itself, and every later plan would want to take it away.
        EcrRepositoryPolicy(
            self, "policy", repository=repository.name, policy=policy_document(_pull(names))
        )
        self.url: str = repository.repository_url


def _expiry(*, kept_images: int) -> str:
    """Write the lifecycle rules; ECR applies the lowest priority number first."""
    untagged = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": UNTAGGED_DAYS,
    }
    newest = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": kept_images}
    rules = [
        _rule(1, f"Expire what has had no tag for {UNTAGGED_DAYS} days", untagged),
        _rule(2, f"Keep the newest {kept_images} images", newest),
    ]
    return json.dumps({"rules": rules}, sort_keys=True)


def _rule(priority: int, description: str, selection: dict[str, object]) -> dict[str, object]:
    return {
        "rulePriority": priority,
        "description": description,
        "selection": selection,
        "action": {"type": "expire"},
    }


def _pull(names: Names) -> Statement:
    return Statement(
        sid="LambdaPulls",
        principal={"Service": "lambda.amazonaws.com"},
        actions=("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
        condition={"ArnLike": {"aws:SourceArn": names.function_arn("*")}},
    )
