"""The way to GitHub: the repository and the token that the workflow gives, and its errors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.errors import InputError, WorldError

if TYPE_CHECKING:
    from github.Repository import Repository

TOKEN, NAME, API = "GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_API_URL"
SERVER, RUN = "GITHUB_SERVER_URL", "GITHUB_RUN_ID"
_FORBIDDEN = 403
_TIMEOUT_SECONDS = 15
_TRIES = 4
# GitHub's own words, when the job has every permission and a setting forbids it all the same.
_NO_PULL_REQUESTS = "not permitted to create or approve pull requests"
_ALLOW_PULL_REQUESTS = (
    "switch on Settings > Actions > General > Workflow permissions > "
    '"Allow GitHub Actions to create and approve pull requests", in the repository and, '
    "where there is one, in its organization; then run the job again"
)
_REMEDIES = {
    401: "the token has expired or is wrong: run the job again",
    _FORBIDDEN: "give the job the permission that the message names",
    404: "check the repository's name, and that the job may see it",
}


def available() -> bool:
    """Tell whether a workflow gave a repository and a token."""
    return bool(os.environ.get(TOKEN) and os.environ.get(NAME))


def repository(*, timeout_seconds: int = _TIMEOUT_SECONDS, tries: int = _TRIES) -> Repository:
    """Return the workflow's repository. InputError outside a workflow.

    A request may take that long, and is repeated so often when GitHub fails.
    """
    from github import Auth, Github  # noqa: PLC0415  # a second that only its users pay
    from github.GithubRetry import GithubRetry  # noqa: PLC0415

    token, name = os.environ.get(TOKEN), os.environ.get(NAME)
    if not token or not name:
        missing = TOKEN if not token else NAME
        remedy = "run this in a workflow that sets it in the step's env"
        raise InputError(f"{missing} is not set", remedy=remedy)
    github = Github(
        auth=Auth.Token(token),
        base_url=os.environ.get(API) or "https://api.github.com",
        timeout=timeout_seconds,
        retry=GithubRetry(total=tries, backoff_factor=0.2),
        seconds_between_requests=None,
        seconds_between_writes=None,
    )
    # Not lazily: PyGithub would then move a ref by an address that GitHub only reads from.
    return github.get_repo(name)


def run_url() -> str:
    """Return the address of this run; empty outside of GitHub."""
    server, name, run = (os.environ.get(one, "") for one in (SERVER, NAME, RUN))
    return f"{server}/{name}/actions/runs/{run}" if run else ""


@contextmanager
def translated(action: str, *, permission: str = "") -> Iterator[None]:
    """Turn what PyGithub raises into a WorldError that names the action and a remedy.

    `permission` is what the job needs for it, such as `issues: write`.
    """
    from github import GithubException  # noqa: PLC0415
    from requests.exceptions import RequestException  # noqa: PLC0415

    try:
        yield
    except GithubException as error:
        said = error.data.get("message", "") if isinstance(error.data, dict) else ""
        remedy = _REMEDIES.get(error.status, "run it again; nothing is done twice")
        if permission and error.status == _FORBIDDEN:
            remedy = f"give the job the permission {permission}"
        if _NO_PULL_REQUESTS in said:
            remedy = _ALLOW_PULL_REQUESTS
        message = f"{action} failed: GitHub answered {error.status} {said}".rstrip()
        raise WorldError(message, remedy=remedy) from error
    except RequestException as error:
        message = f"{action} failed: {type(error).__name__}"
        raise WorldError(message, remedy="run it again; nothing is done twice") from error
