"""The job on GitHub that this is a part of: its repository, its run, its token."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.errors import InputError, WorldError

if TYPE_CHECKING:
    from github.Repository import Repository


def run_url() -> str:
    """Return the address of this run; empty outside of GitHub."""
    server, repository, run = (
        os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    return f"{server}/{repository}/actions/runs/{run}" if run else ""


def repository_of_this_job() -> Repository:
    """Return the repository of the job, with the job's own token. InputError outside of a job."""
    from github import Auth, Github  # noqa: PLC0415 - installed where jobs run, and slow to load

    name, token = os.environ.get("GITHUB_REPOSITORY"), os.environ.get("GITHUB_TOKEN")
    if not name or not token:
        message = "GITHUB_REPOSITORY and GITHUB_TOKEN do not both say which repository is meant"
        raise InputError(message, remedy="run this in a job, with its token in this step's env")
    url = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    # Lazy: nothing is asked before the first call that needs it. A job makes a handful of calls:
    # PyGithub's pauses are for those that make thousands.
    client = Github(
        auth=Auth.Token(token),
        base_url=url,
        lazy=True,
        seconds_between_requests=0,
        seconds_between_writes=0,
    )
    return client.get_repo(name)


@contextmanager
def translated_github(action: str, *, permission: str) -> Iterator[None]:
    """Turn what PyGithub raises into a WorldError; `permission` is what the job needs for it."""
    from github import GithubException  # noqa: PLC0415 - as above

    try:
        yield
    except (GithubException, OSError) as error:
        remedy = f"see that the job has the permission {permission}, and run it again"
        raise WorldError(f"{action} failed: {error}", remedy=remedy) from error
