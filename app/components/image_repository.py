"""Where the functions' container images lie."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.ecr_repository import (
    EcrRepository,
    EcrRepositoryEncryptionConfiguration,
    EcrRepositoryImageScanningConfiguration,
)
from constructs import Construct


def image_repository(scope: Construct, id_: str, *, name: str) -> str:
    """Create a repository whose tags never move and whose images are scanned; return its URL."""
    repository = EcrRepository(
        scope,
        id_,
        name=name,
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration=EcrRepositoryImageScanningConfiguration(scan_on_push=True),
        encryption_configuration=[EcrRepositoryEncryptionConfiguration(encryption_type="KMS")],
    )
    return repository.repository_url
