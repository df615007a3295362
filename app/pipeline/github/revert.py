"""Opens the pull request that brings Git back to where production is, once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import InputError, WorldError
from app.pipeline.github.client import repository, translated

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

MAIN = "main"
LIVE_FILE = "phases/live.yaml"
_PHASE = re.compile(r"phase-(0|[1-9][0-9]?|100)")
_LIVE_LINE = re.compile(r"^live:[ \t]*[^\s#]+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Proposed:
    """The pull request; `opened` tells whether it is a new one. None: main already agrees."""

    url: str
    number: int
    opened: bool


def propose_revert(*, to: str, reason: str, run: str = "") -> Proposed | None:
    """Propose `live: <to>` on main, with the reason; an open proposal of the same is kept.

    Interrupted anywhere, running it again finishes it. WorldError when GitHub does not answer,
    InputError for what is no name of a phase.
    """
    if not _PHASE.fullmatch(to):
        raise InputError(f"{to!r} is no phase", remedy="write one such as phase-10")
    branch = f"payshift/back-to-{to}"
    with translated(f"proposing to go back to {to}"):
        hub = repository()
        if (found := _open(hub, branch)) is not None:
            return Proposed(found.html_url, found.number, opened=False)
        if not _commit(hub, branch=branch, to=to):
            return None
        pull = hub.create_pull(
            base=MAIN, head=branch, title=f"Go back to {to}", body=_body(to, reason, run)
        )
        return Proposed(pull.html_url, pull.number, opened=True)


def _open(hub: Repository, branch: str) -> PullRequest | None:
    owner = hub.full_name.partition("/")[0]
    return next(iter(hub.get_pulls(state="open", base=MAIN, head=f"{owner}:{branch}")), None)


def _commit(hub: Repository, *, branch: str, to: str) -> bool:
    """Put one commit upon main's head into the branch; False when main is there already."""
    from github import UnknownObjectException  # noqa: PLC0415

    head = hub.get_branch(MAIN).commit.sha
    file = hub.get_contents(LIVE_FILE, ref=head)
    if isinstance(file, list):
        raise WorldError(f"{LIVE_FILE} is a directory on {MAIN}", remedy="restore the file")
    text = file.decoded_content.decode()
    changed = _LIVE_LINE.sub(f"live: {to}", text, count=1)
    if changed == text:
        return False
    try:
        # Left over from a proposal that was closed or never opened: begin again from main.
        hub.get_git_ref(f"heads/{branch}").edit(head, force=True)
    except UnknownObjectException:
        hub.create_git_ref(f"refs/heads/{branch}", head)
    hub.update_file(LIVE_FILE, f"Go back to {to}", changed, file.sha, branch=branch)
    return True


def _body(to: str, reason: str, run: str) -> str:
    quoted = "\n".join(f"    {line}" for line in reason.splitlines() or ["(no reason was given)"])
    link = f"\n\nThe run: {run}" if run else ""
    return (
        f"A gate refused the step up, and production is back in {to}. Merging this makes Git say "
        f"so too; until then the next push to {MAIN} tries the step again.\n\n{quoted}{link}\n"
    )
