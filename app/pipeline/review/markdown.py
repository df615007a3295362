"""The comment of a pull request: what merging it will do, in Markdown. Plain Python."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.config.phases import Gate
from app.pipeline.foundation_merge import by_a_person, lost_by
from app.pipeline.moves import Move
from app.pipeline.review.effect import Change, Leaf, visible
from app.pipeline.review.prepare import Preview
from app.pipeline.review.record import PlannedWorkspace

_MOST_CHANGES = 40
_LONGEST = 200
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|@#~!])")


def marker(environment: str) -> str:
    """Return the line by which the comment of an environment is found again; nobody sees it."""
    return f"<!-- payshift plan of {environment} -->"


def comment(preview: Preview, *, environment: str, commit: str, cost: Sequence[str] = ()) -> str:
    """Say it all: the move, the gates and their limits, the changes, the cost."""
    lines = [marker(environment), *_headline(preview, environment), ""]
    if preview.moves:
        lines += [*_steps(preview), ""]
    if preview.plans:
        lines += [*_table(preview), ""]
        for plan in preview.plans:
            lines += _details(plan)
    if cost:
        lines += ["**Cost**", "", "```text", *(line.replace("```", "'''") for line in cost), "```"]
    lines += ["", _footer(preview, commit)]
    return "\n".join(lines).rstrip() + "\n"


def _headline(preview: Preview, environment: str) -> Iterator[str]:
    live, world = preview.phases.live_phase, preview.world
    where = world.phase or "no phase yet"
    if not preview.moves:
        yield f"### Merging moves nothing: {environment} is in {where} and stays there"
        return
    verb = "back" if preview.moves[-1].goes_down else "on"
    yield f"### Merging brings {environment} {verb} from {where} to {live.name}"
    yield ""
    yield (
        f"{_plain(live.title)}: traffic at AWS {world.aws_percent} % → "
        f"**{live.traffic.aws_percent} %**, "
        f"writer {_plain(str(world.features.get('writer', 'none')))} → "
        f"**{live.features.writer}**."
    )


def _steps(preview: Preview) -> Iterator[str]:
    yield "| step | gates before | gates after | bakes |"
    yield "|---|---|---|---|"
    for move in preview.moves:
        gates = move.phase.gates
        yield (
            f"| {_came(move)} → {move.phase.name} | {_gate(gates.before, move)} "
            f"| {_gate(gates.after, move)} | {move.phase.bake_minutes} min |"
        )


def _came(move: Move) -> str:
    return "nothing" if move.from_number < 0 else f"phase-{move.from_number}"


def _gate(gate: Gate, move: Move) -> str:
    limits = ", ".join(f"{name} {_limit(value)}" for name, value in gate.limits().items())
    if not limits:
        return "none"
    return f"{limits} (only reported on the way back)" if move.goes_down else limits


def _limit(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _table(preview: Preview) -> Iterator[str]:
    steps = {move.phase.name for move in preview.moves}
    yield "| workspace | add | change | destroy | applied by the merge |"
    yield "|---|---|---|---|---|"
    for plan in preview.plans:
        one = preview.summaries[plan.workspace]
        if plan.workspace in steps:
            by_merge = "yes"
        elif plan.workspace.startswith("phase-"):
            by_merge = "no, when it is live"
        elif lost_by(plan):
            by_merge = f"no, it destroys: `{by_a_person(plan.workspace)}`"
        else:
            by_merge = "yes, after the phase" if steps else "yes"
        yield f"| {plan.workspace} | {one.add} | {one.change} | {one.destroy} | {by_merge} |"


def _details(plan: PlannedWorkspace) -> Iterator[str]:
    if not plan.changes:
        return
    yield f"<details><summary>{plan.workspace}: {len(plan.changes)} resources</summary>"
    yield ""
    for change in plan.changes[:_MOST_CHANGES]:
        yield f"- {_code(change.address)}: {' and '.join(change.actions)}"
        yield from _values(change)
    if len(plan.changes) > _MOST_CHANGES:
        yield f"- and {len(plan.changes) - _MOST_CHANGES} more"
    yield ""
    yield "</details>"
    yield ""


def _values(change: Change) -> Iterator[str]:
    if "update" not in change.actions:
        return
    for path, value in change.values.items():
        yield f"  - {_code(path)}: {_value(value.before)} → {_value(value.after)}"


def _value(value: Leaf) -> str:
    return "nothing" if value is None else _code(visible(value))


def _code(text: str) -> str:
    """Show untrusted text as code: no backtick ends it, no line break leaves it."""
    flat = " ".join(text.replace("`", "'").split())
    return f"`{flat if len(flat) <= _LONGEST else flat[:_LONGEST] + '…'}`"


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _footer(preview: Preview, commit: str) -> str:
    states = ", ".join(f"{plan.workspace} {plan.state.serial}" for plan in preview.plans)
    against = f" against the states {states}" if states else ""
    return (
        f"Planned at {commit[:12]}{against}. The delivery plans again and applies only what does "
        "the same; reverting the merge goes back, which nothing holds up."
    )
