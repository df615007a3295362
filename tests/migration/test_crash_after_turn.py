"""A new writer that crashes just after the turn: its slot stands at an older place again."""

from __future__ import annotations

import pytest

from app.migration.connection import connect
from app.migration.handover import Handover
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Databases, Site
from app.migration.verify.parity import compare_parity
from tests.migration.support import Pair, accepting, drain, next_run_id, pay, payments

pytestmark = pytest.mark.slow


def hand_over(databases: Databases, *, to: Site) -> None:
    """Hand over, with payments after the slot was moved last and before writes are stopped."""

    def pay_late(step: str) -> None:
        if step == "preflight":
            with connect(databases[to.other], application_name="test") as old:
                for _ in range(5):
                    pay(old)

    Handover(databases=databases, replication=LogicalReplication(), observer=pay_late).run(
        to=to, run_id=next_run_id(), deadline_seconds=60
    )
    assert accepting(databases) == [to]


@pytest.mark.parametrize("crashing", list(Site))
def test_what_came_from_the_other_site_is_not_sent_back_after_a_crash(
    pair: Pair, databases: Databases, crashing: Site
) -> None:
    if crashing is Site.LEGACY:
        hand_over(databases, to=Site.AWS)
    hand_over(databases, to=crashing)
    pair.clusters[crashing].kill()
    pair.clusters[crashing].start()
    with connect(databases[crashing], application_name="test") as new:
        ours = {pay(new) for _ in range(5)}
    drain(databases)
    assert ours <= payments(databases, crashing.other).keys()
    hand_over(databases, to=crashing.other)
    drain(databases)
    assert payments(databases, Site.LEGACY) == payments(databases, Site.AWS)
    assert compare_parity(databases).equal
