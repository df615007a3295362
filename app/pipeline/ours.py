"""Whether something that has a name of ours is ours: the tags of its workspace tell."""

from __future__ import annotations

from collections.abc import Mapping

from app.config.names import Names
from app.errors import Refused

BOOTSTRAP = "bootstrap"
NO_TAGS = "it does not carry the tags of this workspace"


def is_ours(tags: Mapping[str, str], names: Names, *, workspace: str = BOOTSTRAP) -> bool:
    """Tell whether these are the tags that the workspace gives to all that it makes."""
    return (tags.get("environment"), tags.get("workspace")) == (names.environment, workspace)


def require_ours(
    what: str,
    tags: Mapping[str, str],
    names: Names,
    *,
    why: str = NO_TAGS,
    workspace: str = BOOTSTRAP,
) -> None:
    """Refused when something of our name carries other tags."""
    if not is_ours(tags, names, workspace=workspace):
        raise not_ours(what, why)


def not_ours(what: str, why: str) -> Refused:
    """Say that something of our name is somebody else's."""
    return Refused(
        f"{what} exists and is not ours: {why}",
        remedy="nothing was changed; give the environment another name or account, or see "
        "who made it",
    )


def tags_of(found: object) -> dict[str, str]:
    """Return what most of AWS lists as `Key` and `Value`."""
    return {one["Key"]: one["Value"] for one in found}  # type: ignore[attr-defined]  # one of many lists of the same shape
