"""One issue that is open exactly as long as there is a reason for it."""

from __future__ import annotations

from typing import Literal

from app.pipeline.github.client import repository, translated

Settled = Literal["opened", "updated", "left", "closed", "none"]
# Who may put labels on issues belongs to the project: a stranger's issue is never taken for ours.
_GONE = "Nothing of this was found any more."


def settle(*, label: str, title: str, text: str) -> Settled:
    """Open the issue with this label, or write its text anew; an empty text closes it.

    Of several the oldest is kept, and the others are closed. WorldError when GitHub refuses.
    """
    with translated(f"keeping the issue {title!r}", permission="issues: write"):
        hub = repository()
        found = sorted(
            (
                one
                for one in hub.get_issues(state="open", labels=[label])
                if one.pull_request is None
            ),
            key=lambda one: one.number,
        )
        if not text:
            for one in found:
                one.create_comment(_GONE)
                one.edit(state="closed")
            return "closed" if found else "none"
        if not found:
            hub.create_issue(title=title, body=text, labels=[label])
            return "opened"
        kept, *others = found
        for one in others:
            one.create_comment(f"#{kept.number} tells the same.")
            one.edit(state="closed")
        if (kept.title, kept.body) == (title, text):
            return "left"
        kept.edit(title=title, body=text)
        return "updated"
