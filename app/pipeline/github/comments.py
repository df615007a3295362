"""One comment on a pull request that is updated, never repeated."""

from __future__ import annotations

from typing import Literal

from app.pipeline.github.client import repository, translated

# GitHub refuses longer ones.
_LONGEST = 65_000
_CUT = "\n\n… the rest is in the summary of the job.\n"


def keep_comment(number: int, *, text: str) -> Literal["written", "updated", "unchanged"]:
    """Make `text` the pull request's one comment that starts with the same line.

    WorldError when GitHub does not answer or refuses.
    """
    marker = text.partition("\n")[0]
    body = text if len(text) <= _LONGEST else text[:_LONGEST] + _CUT
    with translated(f"commenting on pull request {number}"):
        issue = repository().get_issue(number)
        for comment in issue.get_comments():
            if comment.body.startswith(marker):
                if comment.body.strip() == body.strip():
                    return "unchanged"
                comment.edit(body)
                return "updated"
        issue.create_comment(body)
        return "written"
