"""One server alone, read by one or several workers: what a further worker brings."""

from __future__ import annotations

from app.migration.verify.buckets import choose_buckets
from app.migration.verify.catalogue import read_tables
from app.migration.verify.digest import Digest, chunks
from app.migration.verify.encoding import Mode
from app.migration.verify.pairing import pair_tables
from app.migration.verify.scan import open_team, scan, seeing_the_same
from app.migration.verify.session import Side
from app.migration.verify.source import SiteSource


class _Unwatched:
    def before(self, side: Side) -> None:
        """Hold nothing back."""

    def after(self, side: Side, chunk: object, sums: object) -> None:
        """Note nothing."""


def read_one_side(source: SiteSource, *, table: str, workers: int) -> int:
    """Digest a table in the given server; return its rows."""
    sums = {side: Digest() for side in Side}
    with open_team({Side.LEFT: source}, workers=workers) as team, seeing_the_same(team):
        tables = read_tables(team[Side.LEFT][0], schemas=("public",))
        (plan,) = pair_tables(
            dict.fromkeys(Side, tables),
            wanted=(table,),
            excluded=(),
            mode=Mode.FAST,
            broken=frozenset(),
        ).plans
        pages = -(-plan.tables[Side.LEFT].pages // (4 * workers))
        scan(
            {**team, Side.RIGHT: []},
            plan=plan,
            buckets=choose_buckets(plan.key, rows=plan.rows, numbers=None, mode=Mode.FAST),
            chunks={Side.LEFT: chunks(plan.tables[Side.LEFT], pages=pages), Side.RIGHT: []},
            sums=sums,
            watch=_Unwatched(),
        )
    return sums[Side.LEFT].rows
