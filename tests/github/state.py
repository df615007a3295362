"""What a repository at GitHub holds: commits, branches, pull requests, issues and comments."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from typing import Any

NAME, TOKEN = "example/payshift", "token-of-the-job"
REPOSITORY = f"/repos/{NAME}"
Json = dict[str, Any]


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class GitHub:
    """The repository's state, and what was asked of it. Issues and pull requests share numbers."""

    url: str = ""
    commits: dict[str, Json] = field(default_factory=dict)
    trees: dict[str, dict[str, str]] = field(default_factory=dict)
    """Texts by path, by the name of the tree."""
    refs: dict[str, str] = field(default_factory=dict)
    pulls: list[Json] = field(default_factory=list)
    issues: list[Json] = field(default_factory=list)
    comments: dict[int, list[Json]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    """Statuses that the next requests get, first one first."""
    actions_open_pulls: bool = True
    """The repository's setting that lets workflows create pull requests."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def writes(self) -> list[str]:
        """What was asked that changes something."""
        return [one for one in self.asked if not one.startswith("GET ")]

    def commit(self, files: dict[str, str], *, message: str, onto: str = "main") -> str:
        """Put a commit upon a branch; returns its id."""
        parent = self.refs.get(f"heads/{onto}")
        whole = {**(self.commits[parent]["files"] if parent else {}), **files}
        sha = self.keep_commit(whole, message=message, parents=[parent] if parent else [])
        self.refs[f"heads/{onto}"] = sha
        return sha

    def keep_commit(self, files: dict[str, str], *, message: str, parents: list[str]) -> str:
        """Keep a commit of whole files that no branch has yet; returns its id."""
        sha = _sha([files, message, parents])
        self.commits[sha] = {"files": files, "message": message, "parents": parents}
        return sha

    def keep_tree(self, files: dict[str, str]) -> str:
        """Keep a tree of whole files; returns its id, which the same files always have."""
        sha = _sha(files)
        self.trees[sha] = files
        return sha

    def merge(self, number: int) -> str:
        """Merge a pull request by squashing it; returns the commit on main."""
        pull = self.numbered(self.pulls, number)
        files = self.commits[self.refs[f"heads/{pull['branch']}"]]["files"]
        pull["merge_commit_sha"] = self.commit(files, message=pull["title"])
        pull["state"], pull["merged_at"] = "closed", "2026-11-23T22:30:00Z"
        return str(pull["merge_commit_sha"])

    def open(self, *, branch: str, title: str = "A change", body: str = "") -> Json:
        """Open a pull request onto main."""
        if any(one["branch"] == branch and one["state"] == "open" for one in self.pulls):
            raise Refusal(422, f"A pull request already exists for example:{branch}.")
        if f"heads/{branch}" not in self.refs:
            raise Refusal(422, "Validation Failed")
        number = self._next_number()
        pull = {
            "number": number,
            "url": f"{self.url}{REPOSITORY}/pulls/{number}",
            "html_url": f"https://github.test/{NAME}/pull/{number}",
            "state": "open",
            "title": title,
            "body": body,
            "labels": [],
            "branch": branch,
            "head": {"ref": branch, "sha": self.refs[f"heads/{branch}"]},
            "base": {"ref": "main"},
            "merge_commit_sha": None,
            "merged_at": None,
        }
        self.pulls.append(pull)
        return pull

    def report(self, *, title: str, body: str, labels: tuple[str, ...] = ()) -> Json:
        """Open an issue."""
        number = self._next_number()
        issue = {
            "number": number,
            "url": f"{self.url}{REPOSITORY}/issues/{number}",
            "comments_url": f"{self.url}{REPOSITORY}/issues/{number}/comments",
            "state": "open",
            "title": title,
            "body": body,
            "labels": [{"name": name} for name in labels],
        }
        self.issues.append(issue)
        return issue

    def comment(self, number: int, body: str) -> Json:
        """Comment on an issue or a pull request."""
        kept = self.comments.setdefault(number, [])
        id_ = sum(map(len, self.comments.values())) + 1
        kept.append(
            {"id": id_, "url": f"{self.url}{REPOSITORY}/issues/comments/{id_}", "body": body}
        )
        return kept[-1]

    def file(self, path: str, *, branch: str) -> str:
        """Return a file's text at the head of a branch."""
        return str(self.commits[self.refs[f"heads/{branch}"]]["files"][path])

    @staticmethod
    def numbered(among: list[Json], number: int) -> Json:
        """Return the issue or pull request of a number."""
        for one in among:
            if one["number"] == number:
                return one
        raise Refusal(404, "Not Found")

    def _next_number(self) -> int:
        return len(self.pulls) + len(self.issues) + 1


def blob(text: str) -> str:
    """Name a content as Git does."""
    raw = text.encode()
    return hashlib.sha1(b"blob %d\0%b" % (len(raw), raw), usedforsecurity=False).hexdigest()


def _sha(what: Any) -> str:
    text = json.dumps(what, sort_keys=True)
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
