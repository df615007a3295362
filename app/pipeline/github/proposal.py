"""Proposes texts by a pull request: through GitHub's API, without a checkout and without a push."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from app.pipeline.github.client import repository, translated

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

Outcome = Literal["opened", "updated", "left"]
PERMISSIONS = "contents: write and pull-requests: write"
_FILE = "100644"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is proposed, from which branch, and what its reviewers read.

    `onto` is the commit of `base` that the texts were made from; without it, its newest.
    """

    branch: str
    base: str
    title: str
    body: str
    onto: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """The pull request that is open now, and what had to be done for that."""

    url: str
    number: int
    outcome: Outcome

    def as_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"url": self.url, "number": self.number, "outcome": self.outcome}


def propose(proposal: Proposal, *, texts: Mapping[str, str]) -> Proposed | None:
    """Have one open pull request of the branch with the texts, which are by path, that differ.

    One that is open is brought up to date, never doubled. The branch is always one commit on top
    of the base: interrupted anywhere, running it again finishes it. None when no text differs
    from the base. WorldError when GitHub does not answer or refuses.
    """
    with translated(f"proposing {proposal.title!r}", permission=PERMISSIONS):
        hub = repository()
        base_sha = proposal.onto or hub.get_branch(proposal.base).commit.sha
        changed = _changed(hub, base_sha, texts)
        if not changed:
            return None
        # Asked for before the branch moves: GitHub closes one whose branch is the base again.
        present = _open(hub, proposal)
        moved = _write(hub, proposal, base_sha=base_sha, changed=changed)
        if present is None:
            made = hub.create_pull(
                base=proposal.base,
                head=proposal.branch,
                title=proposal.title,
                body=proposal.body,
            )
            return Proposed(url=made.html_url, number=made.number, outcome="opened")
        described = _describe(present, proposal)
        outcome: Outcome = "updated" if moved or described else "left"
        return Proposed(url=present.html_url, number=present.number, outcome=outcome)


def _open(hub: Repository, proposal: Proposal) -> PullRequest | None:
    head = f"{hub.full_name.partition('/')[0]}:{proposal.branch}"
    return next(iter(hub.get_pulls(state="open", base=proposal.base, head=head)), None)


def _describe(pull: PullRequest, proposal: Proposal) -> bool:
    """Give the pull request its title and body; False when it has them."""
    if (pull.title, _plain(pull.body or "")) == (proposal.title, _plain(proposal.body)):
        return False
    pull.edit(title=proposal.title, body=proposal.body)
    return True


def _plain(body: str) -> str:
    """Return a text as it is whatever GitHub made of its ends of lines."""
    return body.replace("\r\n", "\n").strip()


def _changed(hub: Repository, sha: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that the commit has otherwise or not at all, by their path."""
    known = {one.path: one.sha for one in hub.get_git_tree(sha, recursive=True).tree}
    return {path: text for path, text in sorted(texts.items()) if known.get(path) != _blob(text)}


def _write(hub: Repository, proposal: Proposal, *, base_sha: str, changed: dict[str, str]) -> bool:
    """Make the branch one commit with the texts; False when it is that already."""
    from github import InputGitTreeElement  # noqa: PLC0415 - installed where jobs run

    base = hub.get_git_commit(base_sha)
    tree = hub.create_git_tree(
        [InputGitTreeElement(path, _FILE, "blob", content=text) for path, text in changed.items()],
        base_tree=base.tree,
    )
    name = f"heads/{proposal.branch}"
    refs = [one for one in hub.get_git_matching_refs(name) if one.ref == f"refs/{name}"]
    if refs:
        present = hub.get_git_commit(refs[0].object.sha)
        if present.tree.sha == tree.sha and [one.sha for one in present.parents] == [base_sha]:
            return False
    commit = hub.create_git_commit(proposal.title, tree, [base])
    if refs:
        refs[0].edit(commit.sha, force=True)
    else:
        hub.create_git_ref(f"refs/{name}", commit.sha)
    return True


def _blob(text: str) -> str:
    """Return the name that Git gives to a file's content."""
    content = text.encode()
    whole = b"blob %d\0%b" % (len(content), content)
    return hashlib.sha1(whole, usedforsecurity=False).hexdigest()
