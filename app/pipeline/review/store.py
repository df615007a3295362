"""Keeps reviews in the state bucket, where the plan role may write them and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from app.config.names import Names
from app.errors import WorldError
from app.pipeline.aws import translated
from app.pipeline.review.record import Review
from app.pipeline.stored import read_object

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reviews by the commit that a pull request had at its head."""

    s3: S3Client
    names: Names

    def keep(self, review: Review) -> None:
        """Store a review; a later one of the same commit takes its place."""
        with translated(f"keeping the review of {review.commit[:12]}"):
            self.s3.put_object(
                Bucket=self.names.state_bucket,
                Key=self.names.review_key(review.commit),
                Body=review.model_dump_json(indent=1).encode(),
                ContentType="application/json",
            )

    def find(self, commit: str) -> Review | None:
        """Return the review of a commit, None when there is none. WorldError when it is garbled."""
        with translated(f"reading the review of {commit[:12]}"):
            content = read_object(
                self.s3, bucket=self.names.state_bucket, key=self.names.review_key(commit)
            )
        if content is None:
            return None
        try:
            return Review.model_validate_json(content)
        except ValidationError as error:
            message = f"the review of {commit[:12]} is not what payshift writes"
            remedy = "find out who wrote it, then run the plan job of the pull request again"
            raise WorldError(message, remedy=remedy) from error
