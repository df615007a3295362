"""Whether the image repository is in the account already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.config.names import Names
from app.pipeline.ours import require_ours, tags_of


def found_repository(ecr: Any, *, names: Names) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # boto3's own
    """Yield its address and import id. Refused when it is not ours."""
    name = names.image_repository
    try:
        (one,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    except ecr.exceptions.RepositoryNotFoundException:
        return
    tags = tags_of(ecr.list_tags_for_resource(resourceArn=one["repositoryArn"])["tags"])
    require_ours(name, tags, names)
    yield "aws_ecr_repository.images_repository", name
