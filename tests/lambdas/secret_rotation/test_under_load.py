"""The payment API goes on without a failed request while its logins are rotated."""

from __future__ import annotations

import pytest

from app.migration.connection import connect
from app.migration.handover import Handover
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Site
from tests.lambdas.secret_rotation.payers import Payers
from tests.lambdas.secret_rotation.world import World
from tests.migration.support import next_run_id

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]

ROTATIONS = 20


def kept(world: World) -> set[str]:
    """Return the keys of the payments that the site that writes has."""
    with connect(world.login(Site.AWS, "app"), application_name="test") as connection:
        rows = connection.execute("SELECT idempotency_key FROM payments.payment").fetchall()
    return {row[0] for row in rows}


def refused(world: World, site: Site) -> int:
    """Count the logins that the site's server has refused."""
    return world.pair.clusters[site].log.read_text().count("password authentication failed")


def test_no_request_fails_through_twenty_rotations_at_each_site_and_a_handover(
    world: World, payers: Payers
) -> None:
    before = {site: refused(world, site) for site in Site}
    with payers.paying():
        for number in range(ROTATIONS):
            if number == ROTATIONS // 2:
                Handover(databases=world.engines(), replication=LogicalReplication()).run(
                    to=Site.AWS, run_id=next_run_id(), deadline_seconds=60
                )
            for site in Site:
                world.rotate(site, "app")
            payers.wait_for(3)
    print(
        f"{payers.count} payments over {payers.connections} connections,"
        f" the longest took {payers.longest_seconds * 1e3:.0f} ms"
    )
    assert payers.failures == []
    # What this is about did happen: old logins were refused, and read again.
    assert all(refused(world, site) - before[site] >= ROTATIONS // 2 for site in Site)
    assert all(len(keys) > ROTATIONS for keys in payers.acknowledged.values())
    acknowledged = {key for keys in payers.acknowledged.values() for key in keys}
    assert acknowledged <= kept(world)
    for site in Site:
        # An even number of turns ends with the original; every login was another one.
        assert world.login(site, "app").user == "payments_app"
