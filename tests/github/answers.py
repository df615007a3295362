"""The part of GitHub's REST API that our jobs use, answered as its documentation describes it.

It refuses what GitHub refuses: a ref that is there already, one that is moved elsewhere without
force, a second open pull request from the same branch.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

from tests.github.state import NAME, REPOSITORY, GitHub, Json, Refusal, blob

Query = dict[str, list[str]]
Answer = Callable[[GitHub, re.Match[str], Json, Query], tuple[int, Any]]


def answer(hub: GitHub, method: str, path: str, body: Json, query: Query) -> tuple[int, Any]:
    """Return the status and the content with which GitHub answers."""
    for verb, pattern, handle in _ROUTES:
        found = re.fullmatch(REPOSITORY + pattern, path)
        if verb == method and found:
            try:
                return handle(hub, found, body, query)
            except Refusal as refusal:
                return refusal.status, {"message": str(refusal)}
    return 404, {"message": "Not Found"}


def _whole(hub: GitHub, _found: re.Match[str], _body: Json, _query: Query) -> tuple[int, Any]:
    return 200, {"full_name": NAME, "name": "payshift", "url": f"{hub.url}{REPOSITORY}"}


def _branch(hub: GitHub, found: re.Match[str], _body: Json, _query: Query) -> tuple[int, Any]:
    sha = hub.refs.get(f"heads/{found[1]}")
    if sha is None:
        raise Refusal(404, "Branch not found")
    return 200, {"name": found[1], "commit": _commit_json(hub, sha)}


def _refs(hub: GitHub, found: re.Match[str], _body: Json, _query: Query) -> tuple[int, Any]:
    return 200, [_ref_json(hub, one) for one in hub.refs if one.startswith(found[1])]


def _make_ref(hub: GitHub, _found: re.Match[str], body: Json, _query: Query) -> tuple[int, Any]:
    name = body["ref"].removeprefix("refs/")
    if name in hub.refs:
        raise Refusal(422, "Reference already exists")
    hub.refs[name] = body["sha"]
    return 201, _ref_json(hub, name)


def _move_ref(hub: GitHub, found: re.Match[str], body: Json, _query: Query) -> tuple[int, Any]:
    if not body.get("force") and hub.commits[body["sha"]]["parents"] != [hub.refs[found[1]]]:
        raise Refusal(422, "Update is not a fast forward")
    hub.refs[found[1]] = body["sha"]
    return 200, _ref_json(hub, found[1])


def _tree(hub: GitHub, found: re.Match[str], _body: Json, _query: Query) -> tuple[int, Any]:
    files = hub.commits[found[1]]["files"] if found[1] in hub.commits else hub.trees[found[1]]
    entries = [
        {"path": path, "sha": blob(text), "type": "blob", "mode": "100644"}
        for path, text in files.items()
    ]
    return 200, {"sha": hub.keep_tree(files), "tree": entries, "truncated": False}


def _make_tree(hub: GitHub, _found: re.Match[str], body: Json, _query: Query) -> tuple[int, Any]:
    files = dict(hub.trees[body["base_tree"]])
    files |= {one["path"]: one["content"] for one in body["tree"]}
    return 201, {"sha": hub.keep_tree(files), "tree": []}


def _git_commit(hub: GitHub, found: re.Match[str], _body: Json, _query: Query) -> tuple[int, Any]:
    return 200, _git_commit_json(hub, found[1])


def _make_commit(hub: GitHub, _found: re.Match[str], body: Json, _query: Query) -> tuple[int, Any]:
    sha = hub.keep_commit(hub.trees[body["tree"]], message=body["message"], parents=body["parents"])
    return 201, _git_commit_json(hub, sha)


def _contents(hub: GitHub, found: re.Match[str], _body: Json, query: Query) -> tuple[int, Any]:
    ref = query.get("ref", ["main"])[0]
    files = hub.commits[hub.refs.get(f"heads/{ref}", ref)]["files"]
    if found[1] not in files:
        raise Refusal(404, "Not Found")
    text = files[found[1]]
    return 200, {
        "type": "file",
        "path": found[1],
        "name": found[1].rpartition("/")[2],
        "sha": blob(text),
        "encoding": "base64",
        "content": base64.b64encode(text.encode()).decode(),
        "url": f"{hub.url}{REPOSITORY}/contents/{found[1]}",
    }


def _list_pulls(hub: GitHub, _found: re.Match[str], _body: Json, query: Query) -> tuple[int, Any]:
    state, head = query.get("state", ["open"])[0], query.get("head", [""])[0]
    return 200, [
        one
        for one in hub.pulls
        if state in ("all", one["state"]) and head in ("", f"example:{one['branch']}")
    ]


def _open_pull(hub: GitHub, _found: re.Match[str], body: Json, _query: Query) -> tuple[int, Any]:
    if not hub.actions_open_pulls:
        said = "GitHub Actions is not permitted to create or approve pull requests."
        return 403, {"message": said}
    return 201, hub.open(branch=body["head"], title=body["title"], body=body.get("body", ""))


def _edit_pull(hub: GitHub, found: re.Match[str], body: Json, _query: Query) -> tuple[int, Any]:
    pull = hub.numbered(hub.pulls, int(found[1]))
    pull.update(body)
    return 200, pull


def _one_commit(hub: GitHub, found: re.Match[str], _body: Json, _query: Query) -> tuple[int, Any]:
    if found[1] not in hub.commits:
        raise Refusal(422, f"No commit found for SHA: {found[1]}")
    return 200, _commit_json(hub, found[1])


def _pulls_of(hub: GitHub, found: re.Match[str], _body: Json, _query: Query) -> tuple[int, Any]:
    return 200, [one for one in hub.pulls if found[1] in (one["merge_commit_sha"], one["head"])]


def _list_issues(hub: GitHub, _found: re.Match[str], _body: Json, query: Query) -> tuple[int, Any]:
    """Return issues, among which GitHub counts pull requests."""
    wanted = {name for name in query.get("labels", [""])[0].split(",") if name}
    pulls = [{**one, "pull_request": {"url": one["url"]}} for one in hub.pulls]
    return 200, [
        one
        for one in (*hub.issues, *pulls)
        if one["state"] == query.get("state", ["open"])[0]
        and wanted <= {label["name"] for label in one["labels"]}
    ]


def _open_issue(hub: GitHub, _found: re.Match[str], body: Json, _query: Query) -> tuple[int, Any]:
    labels = tuple(body.get("labels", ()))
    return 201, hub.report(title=body["title"], body=body.get("body", ""), labels=labels)


def _issue(hub: GitHub, found: re.Match[str], _body: Json, _query: Query) -> tuple[int, Any]:
    one = hub.numbered([*hub.issues, *hub.pulls], int(found[1]))
    url = f"{hub.url}{REPOSITORY}/issues/{found[1]}"
    return 200, {**one, "url": url, "comments_url": f"{url}/comments"}


def _edit_issue(hub: GitHub, found: re.Match[str], body: Json, _query: Query) -> tuple[int, Any]:
    issue = hub.numbered(hub.issues, int(found[1]))
    issue.update(body)
    return 200, issue


def _comments(hub: GitHub, found: re.Match[str], _body: Json, _query: Query) -> tuple[int, Any]:
    return 200, hub.comments.get(int(found[1]), [])


def _comment(hub: GitHub, found: re.Match[str], body: Json, _query: Query) -> tuple[int, Any]:
    return 201, hub.comment(int(found[1]), body["body"])


def _edit_comment(hub: GitHub, found: re.Match[str], body: Json, _query: Query) -> tuple[int, Any]:
    for kept in hub.comments.values():
        for one in kept:
            if one["id"] == int(found[1]):
                one["body"] = body["body"]
                return 200, one
    raise Refusal(404, "Not Found")


_ROUTES: tuple[tuple[str, str, Answer], ...] = (
    ("GET", "", _whole),
    ("GET", r"/branches/(.+)", _branch),
    ("GET", r"/git/matching-refs/(heads/.+)", _refs),
    ("POST", r"/git/refs", _make_ref),
    ("PATCH", r"/git/refs/(heads/.+)", _move_ref),
    ("GET", r"/git/trees/(\w+)", _tree),
    ("POST", r"/git/trees", _make_tree),
    ("GET", r"/git/commits/(\w+)", _git_commit),
    ("POST", r"/git/commits", _make_commit),
    ("GET", r"/contents/(.+)", _contents),
    ("GET", r"/pulls", _list_pulls),
    ("POST", r"/pulls", _open_pull),
    ("PATCH", r"/pulls/(\d+)", _edit_pull),
    ("GET", r"/commits/([0-9a-f]{40})", _one_commit),
    ("GET", r"/commits/([0-9a-f]{40})/pulls", _pulls_of),
    ("GET", r"/issues", _list_issues),
    ("POST", r"/issues", _open_issue),
    ("GET", r"/issues/(\d+)", _issue),
    ("PATCH", r"/issues/(\d+)", _edit_issue),
    ("GET", r"/issues/(\d+)/comments", _comments),
    ("POST", r"/issues/(\d+)/comments", _comment),
    ("PATCH", r"/issues/comments/(\d+)", _edit_comment),
)


def _commit_json(hub: GitHub, sha: str) -> Json:
    return {"sha": sha, "url": f"{hub.url}{REPOSITORY}/commits/{sha}"}


def _git_commit_json(hub: GitHub, sha: str) -> Json:
    commit = hub.commits[sha]
    return {
        "sha": sha,
        "message": commit["message"],
        "tree": {"sha": hub.keep_tree(commit["files"])},
        "parents": [{"sha": one} for one in commit["parents"]],
    }


def _ref_json(hub: GitHub, name: str) -> Json:
    url = f"{hub.url}{REPOSITORY}/git/refs/{name}"
    return {"ref": f"refs/{name}", "url": url, "object": {"type": "commit", "sha": hub.refs[name]}}
