"""A repository of GitHub over HTTP: the few calls that our jobs make, kept in memory."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

Json = dict[str, Any]
NAME, TOKEN = "example/payshift", "a-token-of-a-job"


@dataclass
class Hub:
    """The repository's content, and every request that changed it."""

    url: str = ""
    issues: list[Json] = field(default_factory=list)
    comments: list[tuple[int, str]] = field(default_factory=list)
    pulls: list[Json] = field(default_factory=list)
    trees: dict[str, dict[str, str]] = field(default_factory=dict)
    commits: dict[str, Json] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    refuses: int = 0

    def commit_files(self, branch: str, files: dict[str, str], *, message: str = "base") -> str:
        """Make a commit of whole files and put a branch on it."""
        tree = self.keep_tree({path: blob(text) for path, text in files.items()})
        sha = self.keep_commit(tree, message, [])
        self.refs[f"refs/heads/{branch}"] = sha
        return sha

    def keep_tree(self, files: dict[str, str]) -> str:
        """Keep a tree of paths and blob names; returns its name."""
        sha = _sha(json.dumps(files, sort_keys=True))
        self.trees[sha] = files
        return sha

    def keep_commit(self, tree: str, message: str, parents: list[str]) -> str:
        """Keep a commit; returns its name."""
        sha = _sha(f"{tree}{message}{parents}")
        self.commits[sha] = {
            "sha": sha,
            "message": message,
            "tree": {"sha": tree},
            "parents": [{"sha": one} for one in parents],
        }
        return sha

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Json) -> Any:
        """Answer one call; KeyError for what is not there."""
        if method != "GET":
            self.writes.append(f"{method} {path}")
        for pattern, handle in _ROUTES:
            found = re.fullmatch(pattern, f"{method} {path}")
            if found:
                return handle(self, found, query, body)
        raise KeyError(path)


def blob(text: str) -> str:
    """Name a content as Git does."""
    content = text.encode()
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


@contextmanager
def github() -> Iterator[Hub]:
    """Serve a repository on a free port of this machine."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            where = urlparse(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            status, answer = 200, None
            if hub.refuses or TOKEN not in self.headers.get("Authorization", ""):
                status, answer = hub.refuses or 401, {"message": "Resource not accessible"}
            else:
                try:
                    path = unquote(where.path).removeprefix(f"/repos/{NAME}")
                    answer = hub.answer(self.command, path, parse_qs(where.query), body)
                except KeyError as error:
                    status, answer = 404, {"message": f"Not Found: {error}"}
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _handle  # noqa: N815 - the names are http.server's

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _issues(hub: Hub, _: re.Match[str], query: dict[str, list[str]], __: Json) -> Any:
    state, labels = query["state"][0], set(query.get("labels", [""])[0].split(","))
    return [
        one for one in hub.issues
        if one["state"] == state and labels <= {label["name"] for label in one["labels"]}
    ]  # fmt: skip


def _open_issue(hub: Hub, _: re.Match[str], __: dict[str, list[str]], body: Json) -> Any:
    number = len(hub.issues) + 1
    labels = [{"name": name} for name in body.pop("labels", [])]
    url = f"{hub.url}/repos/{NAME}/issues/{number}"
    hub.issues.append(
        {
            "number": number,
            "state": "open",
            "labels": labels,
            "url": url,
            "comments_url": "",
            **body,
        }
    )
    return hub.issues[-1]


def _edit_issue(hub: Hub, found: re.Match[str], __: dict[str, list[str]], body: Json) -> Any:
    issue = hub.issues[int(found[1]) - 1]
    issue.update(body)
    return issue


def _comment(hub: Hub, found: re.Match[str], __: dict[str, list[str]], body: Json) -> Any:
    hub.comments.append((int(found[1]), body["body"]))
    return {"id": 1, "body": body["body"]}


def _tree(hub: Hub, found: re.Match[str], __: dict[str, list[str]], ___: Json) -> Any:
    sha = hub.commits[found[1]]["tree"]["sha"] if found[1] in hub.commits else found[1]
    entries = [
        {"path": path, "sha": name, "type": "blob", "mode": "100644"}
        for path, name in hub.trees[sha].items()
    ]
    return {"sha": sha, "tree": entries, "truncated": False}


def _make_tree(hub: Hub, _: re.Match[str], __: dict[str, list[str]], body: Json) -> Any:
    files = dict(hub.trees[body["base_tree"]])
    files |= {one["path"]: blob(one["content"]) for one in body["tree"]}
    return {"sha": hub.keep_tree(files), "tree": []}


def _make_commit(hub: Hub, _: re.Match[str], __: dict[str, list[str]], body: Json) -> Any:
    return hub.commits[hub.keep_commit(body["tree"], body["message"], body["parents"])]


def _branch(hub: Hub, found: re.Match[str], __: dict[str, list[str]], ___: Json) -> Any:
    return {"name": found[1], "commit": hub.commits[hub.refs[f"refs/heads/{found[1]}"]]}


def _reference(hub: Hub, name: str) -> Json:
    url = f"{hub.url}/repos/{NAME}/git/{name}"
    return {"ref": name, "url": url, "object": {"sha": hub.refs[name], "type": "commit"}}


def _references(hub: Hub, found: re.Match[str], __: dict[str, list[str]], ___: Json) -> Any:
    return [_reference(hub, one) for one in hub.refs if one.startswith(f"refs/{found[1]}")]


def _make_reference(hub: Hub, _: re.Match[str], __: dict[str, list[str]], body: Json) -> Any:
    hub.refs[body["ref"]] = body["sha"]
    return _reference(hub, body["ref"])


def _move_reference(hub: Hub, found: re.Match[str], __: dict[str, list[str]], body: Json) -> Any:
    hub.refs[f"refs/{found[1]}"] = body["sha"]
    return _reference(hub, f"refs/{found[1]}")


def _pulls(hub: Hub, _: re.Match[str], query: dict[str, list[str]], __: Json) -> Any:
    owner, _colon, head = query["head"][0].partition(":")
    assert owner == NAME.partition("/")[0]
    return [one for one in hub.pulls if one["state"] == "open" and one["head"]["ref"] == head]


def _open_pull(hub: Hub, _: re.Match[str], __: dict[str, list[str]], body: Json) -> Any:
    number = len(hub.pulls) + 1
    hub.pulls.append(
        {**body, "number": number, "state": "open", "head": {"ref": body["head"]},
         "base": {"ref": body["base"]}}
    )  # fmt: skip
    return hub.pulls[-1]


Handle = Callable[[Hub, re.Match[str], dict[str, list[str]], Json], Any]
_ROUTES: tuple[tuple[str, Handle], ...] = (
    (r"GET ", lambda *_: {"full_name": NAME, "url": ""}),
    (r"GET /issues", _issues),
    (r"POST /issues", _open_issue),
    (r"GET /issues/(\d+)", lambda hub, found, *_: hub.issues[int(found[1]) - 1]),
    (r"PATCH /issues/(\d+)", _edit_issue),
    (r"POST /issues/(\d+)/comments", _comment),
    (r"GET /branches/(.+)", _branch),
    (r"GET /git/trees/(\w+)", _tree),
    (r"POST /git/trees", _make_tree),
    (r"GET /git/commits/(\w+)", lambda hub, found, *_: hub.commits[found[1]]),
    (r"POST /git/commits", _make_commit),
    (r"GET /git/matching-refs/(.+)", _references),
    (r"POST /git/refs", _make_reference),
    (r"PATCH /git/refs/(.+)", _move_reference),
    (r"GET /pulls", _pulls),
    (r"POST /pulls", _open_pull),
)
