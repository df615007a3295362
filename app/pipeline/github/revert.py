"""Proposes the change that brings Git back to where production is."""

from __future__ import annotations

import re

from app.errors import InputError, WorldError
from app.pipeline.github.client import repository, translated
from app.pipeline.github.proposal import PERMISSIONS, Proposal, Proposed, propose

MAIN = "main"
LIVE_FILE = "phases/live.yaml"
_PHASE = re.compile(r"phase-(0|[1-9][0-9]?|100)")
_LIVE_LINE = re.compile(r"^live:[ \t]*[^\s#]+", re.MULTILINE)


def propose_revert(*, to: str, reason: str, run: str = "") -> Proposed | None:
    """Propose `live: <to>` on main, with the reason; None when main says so already.

    WorldError when GitHub does not answer, InputError for what is no name of a phase.
    """
    if not _PHASE.fullmatch(to):
        raise InputError(f"{to!r} is no phase", remedy="write one such as phase-10")
    head, text = _live_on_main()
    proposal = Proposal(
        branch=f"payshift/back-to-{to}",
        base=MAIN,
        title=f"Go back to {to}",
        body=_body(to, reason, run),
        # What main got since is merged with it, not overwritten by it.
        onto=head,
    )
    return propose(proposal, texts={LIVE_FILE: _LIVE_LINE.sub(f"live: {to}", text, count=1)})


def _live_on_main() -> tuple[str, str]:
    """Return main's newest commit, and the text of its file that names the live phase."""
    with translated(f"reading {LIVE_FILE} of {MAIN}", permission=PERMISSIONS):
        hub = repository()
        head = hub.get_branch(MAIN).commit.sha
        file = hub.get_contents(LIVE_FILE, ref=head)
        if isinstance(file, list):
            raise WorldError(f"{LIVE_FILE} is a directory on {MAIN}", remedy="restore the file")
        return head, file.decoded_content.decode()


def _body(to: str, reason: str, run: str) -> str:
    quoted = "\n".join(f"    {line}" for line in reason.splitlines() or ["(no reason was given)"])
    link = f"\n\nThe run: {run}" if run else ""
    return (
        f"A gate refused the step up, and production is back in {to}. Merging this makes Git say "
        f"so too; until then the next push to {MAIN} tries the step again.\n\n{quoted}{link}\n"
    )
