"""No delivery of an older main: running an old job again would take production back with it."""

from __future__ import annotations

import os

from app.errors import Superseded, WorldError
from app.pipeline.github.client import available, repository, translated
from app.pipeline.report import Progress, silent

_BRANCH = "GITHUB_REF_NAME"
# Beside a rollback: a GitHub that does not answer must not cost it more than seconds.
_TIMEOUT_SECONDS = 5
_TRIES = 1


def require_newest(commit: str, *, progress: Progress = silent) -> None:
    """Refuse a workflow's commit that is not the newest of its branch (Superseded).

    The push that made a newer one has a job of its own, which wants what the branch wants now.
    Outside a workflow nothing is asked, and when GitHub does not answer, nothing is held up.
    """
    commit = commit.removesuffix("+")
    if not commit or not available():
        return
    branch = os.environ.get(_BRANCH) or "main"
    try:
        with translated(f"looking for the newest commit of {branch}"):
            ours = repository(timeout_seconds=_TIMEOUT_SECONDS, tries=_TRIES)
            newest = ours.get_branch(branch).commit.sha
    except WorldError as error:
        progress(f"{error.message}; taking {commit[:12]} for the newest")
        return
    if newest != commit:
        raise Superseded(
            f"{branch} is at {newest[:12]}, and this would deliver {commit[:12]}",
            remedy="its own job delivers it; to go back, merge a revert. Changes of the foundation "
            "that only this commit showed are applied by a person: payshift deliver --foundation",
        )
