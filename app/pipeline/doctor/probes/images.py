"""The images that the release names have been pushed."""

from __future__ import annotations

from collections.abc import Iterator

from app.pipeline.doctor.context import DoctorContext
from app.pipeline.probing.base import Line, Probe, judged, unknown


class Images:
    """Lambda makes no function without its image; the first one is pushed by a workflow."""

    title = "images"
    remedy = "Ask for ecr:DescribeImages."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Ask the repository for each digest."""
        ecr, repository = context.client("ecr"), context.names.image_repository
        for digest in context.images:
            try:
                ecr.describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])
            except ecr.exceptions.RepositoryNotFoundException:
                message = f"there is no repository {repository} yet"
                yield unknown(subject=digest, message=message, remedy="run: payshift bootstrap")
                continue
            except ecr.exceptions.ImageNotFoundException:
                found = False
            else:
                found = True
            yield judged(
                passed=found,
                subject=digest,
                message=f"is {'in' if found else 'not in'} the repository {repository}",
                remedy="run the workflow release, and merge the pull request that it opens",
            )


PROBE: Probe[DoctorContext] = Images()
