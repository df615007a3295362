"""What is right in `phases/release.yaml` and still wants something done."""

from __future__ import annotations

from collections.abc import Sequence

from app.config.loading import RELEASE, PhaseSet
from app.config.phases import Release
from app.errors import ReleaseRefused

# The workspace whose functions run the images.
SERVICE = "service"
NO_IMAGE_YET = "names no image yet"
_FIRST = "run the workflow release, and merge what it proposes"


def release_hints(phases: PhaseSet) -> tuple[str, ...]:
    """Return a line for each thing that shall be done, with the remedy."""
    file, release = phases.directory / RELEASE, phases.release
    if not release.images.named:
        return (f"{file} {NO_IMAGE_YET}, so {SERVICE} cannot be delivered to AWS → {_FIRST}",)
    if _left_behind(release):
        message = f"{file}: engine runs an image that no colour runs, and that is deleted some day"
        return (f"{message} → payshift release --engine blue, or green",)
    return ()


def require_images(phases: PhaseSet, workspaces: Sequence[str]) -> None:
    """Raise ReleaseRefused when the functions are to be delivered and no image was ever named."""
    if SERVICE in workspaces and not phases.release.images.named:
        message = f"{phases.directory / RELEASE} {NO_IMAGE_YET}: Lambda could make no function"
        raise ReleaseRefused(message, remedy=f"{_FIRST}; then deliver again")


def _left_behind(release: Release) -> bool:
    return release.images.engine not in (release.images.blue, release.images.green)
