"""Leaves what `payshift verify` found at both sites, for gates that cannot read as much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import DatabaseFailed
from app.migration.verify.aspect import Aspect
from app.migration.verify.report import Verdict
from app.migration.verify.rows import BUSINESS
from app.migration.verify.sites import open_sites
from app.migration.verify.verdicts import keep
from app.pipeline.evidence import who

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.migration.sites import Databases
    from app.migration.verify.options import Options
    from app.migration.verify.proof import Proof


def keep_verdicts(
    databases: Databases,
    proof: Proof,
    *,
    options: Options,
    seconds: float,
    say: Callable[[str], None],
) -> None:
    """Keep what was said of all rows and of the money; `seconds` ago the comparison began.

    What leaves out a table or a column is no verdict over all. Databases that take none change
    nothing of what was found: that is said.
    """
    verdicts = _verdicts(proof, options=options)
    try:
        with open_sites(databases) as sessions:
            for aspect, verdict in verdicts.items():
                keep(sessions, aspect=aspect, verdict=verdict, seconds=seconds, by=who())
    except DatabaseFailed as error:
        say(f"gates will not know of this: {error.message} {error.remedy}")


def _verdicts(proof: Proof, *, options: Options) -> Mapping[Aspect, Verdict]:
    found: dict[Aspect, Verdict] = {}
    partial = options.tables or options.excluded or not set(BUSINESS) <= set(options.schemas or ())
    if proof.rows is not None and not partial:
        found[Aspect.ROWS] = proof.rows.verdict
    if proof.money is not None:
        found[Aspect.MONEY] = Verdict.EQUAL if proof.money.equal else Verdict.DIFFERENT
    return found
