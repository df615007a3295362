"""Proposes files of this machine by a pull request: through GitHub's API, without a push."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.pipeline.github.client import repository, translated

if TYPE_CHECKING:
    from github.Repository import Repository

Proposed = Literal["opened", "updated", "left", "none"]
_PERMISSIONS = "contents: write and pull-requests: write"
_FILE = "100644"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is proposed, from which branch, and what its reviewers read."""

    branch: str
    base: str
    title: str
    body: str


def propose(proposal: Proposal, *, root: Path, files: Iterable[Path]) -> Proposed:
    """Open the pull request of a branch with the files that differ from `base`, or update it.

    The branch is always one commit on top of `base`. "none" when no file differs. WorldError.
    """
    with translated(f"proposing {proposal.title!r}", permission=_PERMISSIONS):
        hub = repository()
        base = hub.get_branch(proposal.base).commit
        changed = _changed(hub, base.sha, root=root, files=files)
        if not changed:
            return "none"
        open_ones = list(
            hub.get_pulls(
                state="open",
                base=proposal.base,
                head=f"{hub.full_name.partition('/')[0]}:{proposal.branch}",
            )
        )
        moved = _write(hub, proposal, base_sha=base.sha, changed=changed)
        if not open_ones:
            hub.create_pull(
                base=proposal.base,
                head=proposal.branch,
                title=proposal.title,
                body=proposal.body,
            )
            return "opened"
        return "updated" if moved else "left"


def _changed(hub: Repository, sha: str, *, root: Path, files: Iterable[Path]) -> dict[str, str]:
    """Return the text of the files that the commit has otherwise or not at all, by their path."""
    known = {one.path: one.sha for one in hub.get_git_tree(sha, recursive=True).tree}
    texts = {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in files}
    return {path: text for path, text in sorted(texts.items()) if known.get(path) != _blob(text)}


def _write(hub: Repository, proposal: Proposal, *, base_sha: str, changed: dict[str, str]) -> bool:
    """Make the branch one commit with the files; False when it is that already."""
    from github import InputGitTreeElement  # noqa: PLC0415 - installed where jobs run

    tree = hub.create_git_tree(
        [InputGitTreeElement(path, _FILE, "blob", content=text) for path, text in changed.items()],
        base_tree=hub.get_git_commit(base_sha).tree,
    )
    name = f"heads/{proposal.branch}"
    refs = [one for one in hub.get_git_matching_refs(name) if one.ref == f"refs/{name}"]
    if refs:
        present = hub.get_git_commit(refs[0].object.sha)
        if present.tree.sha == tree.sha and [one.sha for one in present.parents] == [base_sha]:
            return False
    commit = hub.create_git_commit(proposal.title, tree, [hub.get_git_commit(base_sha)])
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
