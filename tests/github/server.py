"""A small GitHub on this machine: refs, commits, files, pull requests and comments that are kept.

It answers the part of the REST API that the delivery uses, as its documentation describes it, and
refuses what GitHub refuses: a token it does not know, a ref that is there already, a file whose
blob has changed, a second open pull request from the same branch.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

NAME, TOKEN = "example/payshift", "token-of-the-job"
_REPOSITORY = f"/repos/{NAME}"
Json = dict[str, Any]


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class GitHub:
    """The repository's state, and what was asked of it."""

    url: str = ""
    commits: dict[str, Json] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    pulls: list[Json] = field(default_factory=list)
    comments: dict[int, list[Json]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    """Statuses that the next requests get, first one first."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def commit(self, files: dict[str, str], *, message: str, onto: str = "main") -> str:
        """Put a commit upon a branch; returns its id."""
        parent = self.refs.get(f"heads/{onto}")
        whole = {**(self.commits[parent]["files"] if parent else {}), **files}
        text = json.dumps([whole, message, parent], sort_keys=True)
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self.commits[sha] = {"files": whole, "message": message, "parents": [parent]}
        self.refs[f"heads/{onto}"] = sha
        return sha

    def merge(self, number: int) -> str:
        """Merge a pull request by squashing it; returns the commit on main."""
        pull = self.pulls[number - 1]
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
        number = len(self.pulls) + 1
        pull = {
            "number": number,
            "url": f"{self.url}{_REPOSITORY}/pulls/{number}",
            "html_url": f"https://github.test/{NAME}/pull/{number}",
            "state": "open",
            "title": title,
            "body": body,
            "branch": branch,
            "head": {"ref": branch, "sha": self.refs[f"heads/{branch}"]},
            "base": {"ref": "main"},
            "merge_commit_sha": None,
            "merged_at": None,
        }
        self.pulls.append(pull)
        return pull

    def file(self, path: str, *, branch: str) -> str:
        """Return a file's text at the head of a branch."""
        return str(self.commits[self.refs[f"heads/{branch}"]]["files"][path])


@contextmanager
def serving() -> Iterator[GitHub]:
    """Run it on a free port until the block ends."""
    hub = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            with hub.lock:
                status, content = _respond(
                    hub, self.command, self.path, body, self.headers.get("Authorization", "")
                )
            next_page = None
            if isinstance(content, list):
                content, next_page = _page(hub, self.path, content)
            payload = json.dumps(content).encode()
            self.send_response(status)
            if next_page:
                self.send_header("Link", f'<{next_page}>; rel="next"')
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815  # names of http.server

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _page(hub: GitHub, target: str, whole: list[Any]) -> tuple[list[Any], str | None]:
    """Cut a list as GitHub does: 30 a page unless asked otherwise, and a link to the next."""
    split = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(split.query).items()}
    page, size = int(query.get("page", "1")), int(query.get("per_page", "30"))
    part = whole[(page - 1) * size : page * size]
    if page * size >= len(whole):
        return part, None
    return part, f"{hub.url}{split.path}?{urlencode({**query, 'page': page + 1})}"


def _respond(
    hub: GitHub, method: str, target: str, body: Json, authorization: str
) -> tuple[int, Any]:
    split = urlsplit(target)
    path, query = unquote(split.path), parse_qs(split.query)
    hub.asked.append(f"{method} {path}")
    if hub.failures:
        status = hub.failures.pop(0)
        return status, {"message": "unavailable"}
    if not authorization.endswith(f" {TOKEN}"):
        return 401, {"message": "Bad credentials"}
    for verb, pattern, answer in _ROUTES:
        found = re.fullmatch(_REPOSITORY + pattern, path)
        if verb == method and found:
            try:
                return answer(hub, found, body, query)
            except Refusal as refusal:
                return refusal.status, {"message": str(refusal)}
    return 404, {"message": "Not Found"}


Answer = Callable[[GitHub, re.Match[str], Json, dict[str, list[str]]], tuple[int, Any]]


def _branch(hub: GitHub, found: re.Match[str], _body: Json, _query: Any) -> tuple[int, Any]:
    sha = hub.refs.get(f"heads/{found[1]}")
    if sha is None:
        raise Refusal(404, "Branch not found")
    return 200, {"name": found[1], "commit": _commit_json(hub, sha)}


def _ref(hub: GitHub, found: re.Match[str], _body: Json, _query: Any) -> tuple[int, Any]:
    if found[1] not in hub.refs:
        raise Refusal(404, "Not Found")
    return 200, _ref_json(hub, found[1])


def _make_ref(hub: GitHub, _found: re.Match[str], body: Json, _query: Any) -> tuple[int, Any]:
    name = body["ref"].removeprefix("refs/")
    if name in hub.refs:
        raise Refusal(422, "Reference already exists")
    hub.refs[name] = body["sha"]
    return 201, _ref_json(hub, name)


def _move_ref(hub: GitHub, found: re.Match[str], body: Json, _query: Any) -> tuple[int, Any]:
    if not body.get("force") and hub.commits[body["sha"]]["parents"] != [hub.refs[found[1]]]:
        raise Refusal(422, "Update is not a fast forward")
    hub.refs[found[1]] = body["sha"]
    return 200, _ref_json(hub, found[1])


def _contents(hub: GitHub, found: re.Match[str], _body: Json, query: Any) -> tuple[int, Any]:
    ref = query.get("ref", ["main"])[0]
    files = hub.commits[hub.refs.get(f"heads/{ref}", ref)]["files"]
    if found[1] not in files:
        raise Refusal(404, "Not Found")
    text = files[found[1]]
    return 200, {
        "type": "file",
        "path": found[1],
        "name": found[1].rpartition("/")[2],
        "sha": _blob(text),
        "encoding": "base64",
        "content": base64.b64encode(text.encode()).decode(),
        "url": f"{hub.url}{_REPOSITORY}/contents/{found[1]}",
    }


def _write(hub: GitHub, found: re.Match[str], body: Json, _query: Any) -> tuple[int, Any]:
    path, branch = found[1], body.get("branch", "main")
    present = hub.commits[hub.refs[f"heads/{branch}"]]["files"].get(path)
    if present is not None and body.get("sha") != _blob(present):
        raise Refusal(409, f"{path} does not match {body.get('sha')}")
    text = base64.b64decode(body["content"]).decode()
    sha = hub.commit({path: text}, message=body["message"], onto=branch)
    return 200, {"content": {"path": path, "sha": _blob(text)}, "commit": {"sha": sha}}


def _list_pulls(hub: GitHub, _found: re.Match[str], _body: Json, query: Any) -> tuple[int, Any]:
    state, head = query.get("state", ["open"])[0], query.get("head", [""])[0]
    return 200, [
        one
        for one in hub.pulls
        if state in ("all", one["state"]) and head in ("", f"example:{one['branch']}")
    ]


def _open_pull(hub: GitHub, _found: re.Match[str], body: Json, _query: Any) -> tuple[int, Any]:
    return 201, hub.open(branch=body["head"], title=body["title"], body=body.get("body", ""))


def _one_commit(hub: GitHub, found: re.Match[str], _body: Json, _query: Any) -> tuple[int, Any]:
    if found[1] not in hub.commits:
        raise Refusal(422, f"No commit found for SHA: {found[1]}")
    return 200, _commit_json(hub, found[1])


def _pulls_of(hub: GitHub, found: re.Match[str], _body: Json, _query: Any) -> tuple[int, Any]:
    return 200, [one for one in hub.pulls if found[1] in (one["merge_commit_sha"], one["head"])]


def _issue(hub: GitHub, found: re.Match[str], _body: Json, _query: Any) -> tuple[int, Any]:
    if int(found[1]) > len(hub.pulls):
        raise Refusal(404, "Not Found")
    url = f"{hub.url}{_REPOSITORY}/issues/{found[1]}"
    return 200, {"number": int(found[1]), "url": url, "comments_url": f"{url}/comments"}


def _list_comments(hub: GitHub, found: re.Match[str], _body: Json, _query: Any) -> tuple[int, Any]:
    return 200, hub.comments.get(int(found[1]), [])


def _add_comment(hub: GitHub, found: re.Match[str], body: Json, _query: Any) -> tuple[int, Any]:
    kept = hub.comments.setdefault(int(found[1]), [])
    number = sum(map(len, hub.comments.values())) + 1
    url = f"{hub.url}{_REPOSITORY}/issues/comments/{number}"
    kept.append({"id": number, "url": url, "body": body["body"]})
    return 201, kept[-1]


def _edit_comment(hub: GitHub, found: re.Match[str], body: Json, _query: Any) -> tuple[int, Any]:
    for kept in hub.comments.values():
        for one in kept:
            if one["id"] == int(found[1]):
                one["body"] = body["body"]
                return 200, one
    raise Refusal(404, "Not Found")


def _whole(hub: GitHub, _found: re.Match[str], _body: Json, _query: Any) -> tuple[int, Any]:
    return 200, {"full_name": NAME, "name": "payshift", "url": f"{hub.url}{_REPOSITORY}"}


_ROUTES: tuple[tuple[str, str, Answer], ...] = (
    ("GET", "", _whole),
    ("GET", r"/branches/(.+)", _branch),
    ("GET", r"/git/refs?/(heads/.+)", _ref),
    ("POST", r"/git/refs", _make_ref),
    ("PATCH", r"/git/refs/(heads/.+)", _move_ref),
    ("GET", r"/contents/(.+)", _contents),
    ("PUT", r"/contents/(.+)", _write),
    ("GET", r"/pulls", _list_pulls),
    ("POST", r"/pulls", _open_pull),
    ("GET", r"/commits/([0-9a-f]{40})", _one_commit),
    ("GET", r"/commits/([0-9a-f]{40})/pulls", _pulls_of),
    ("GET", r"/issues/(\d+)", _issue),
    ("GET", r"/issues/(\d+)/comments", _list_comments),
    ("POST", r"/issues/(\d+)/comments", _add_comment),
    ("PATCH", r"/issues/comments/(\d+)", _edit_comment),
)


def _commit_json(hub: GitHub, sha: str) -> Json:
    return {"sha": sha, "url": f"{hub.url}{_REPOSITORY}/commits/{sha}"}


def _ref_json(hub: GitHub, name: str) -> Json:
    sha = hub.refs[name]
    url = f"{hub.url}{_REPOSITORY}/git/refs/{name}"
    return {"ref": f"refs/{name}", "url": url, "object": {"type": "commit", "sha": sha}}


def _blob(text: str) -> str:
    raw = text.encode()
    return hashlib.sha1(f"blob {len(raw)}\0".encode() + raw, usedforsecurity=False).hexdigest()
