"""A rotation may begin at any moment of a handover: a password is no business write."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from app.migration.connection import connect
from app.migration.deadline import Deadline
from app.migration.fence import read_writer
from app.migration.handover import Handover
from app.migration.replication.logical import LogicalReplication
from app.migration.sessions import open_sessions
from app.migration.sites import Site
from tests.lambdas.secret_rotation.world import STEPS, World, works
from tests.migration.support import next_run_id

pytestmark = pytest.mark.slow

# Who holds the right asked once; who waits for it asks anew each time.
ASKING = """
SELECT query_start FROM pg_stat_activity
WHERE application_name = 'payshift-handover' AND query LIKE 'SELECT pg_try_advisory_lock%'
"""
MOMENTS = ("started", "preflight", "fenced", "drained", "unfenced", "published", "turned")


@pytest.mark.parametrize("moment", MOMENTS)
def test_logins_of_both_sites_are_rotated_in_the_middle_of_a_handover(
    world: World, moment: str
) -> None:
    """The handover waits here until both rotations have ended: none needs what it holds."""
    rotated = []

    def observe(step: str) -> None:
        if step == moment:
            for site in Site:
                for role in ("app", "rotation"):
                    world.rotate(site, role)
                    rotated.append(world.login(site, role))

    handover = Handover(
        databases=world.engines(), replication=LogicalReplication(), observer=observe
    )
    result = handover.run(to=Site.AWS, run_id=next_run_id(), deadline_seconds=120)
    assert result.changed
    assert len(rotated) == 4
    assert all(works(login) for login in rotated)
    assert [accepting(world, site) for site in Site] == [False, True]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("site", Site)
def test_the_engines_own_login_is_rotated_beside_a_handover(
    world: World, site: Site, moment: str
) -> None:
    """Its last step waits for the end of the handover, since it starts the replication again."""
    begun, failures = threading.Event(), []

    def rotate() -> None:
        begun.wait()
        try:
            world.rotate(site, "migration")
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must show it
            failures.append(error)

    rotation = threading.Thread(target=rotate)
    rotation.start()
    handover = Handover(
        databases=world.engines(),
        replication=LogicalReplication(),
        observer=lambda step: begun.set() if step == moment else None,
    )
    result = handover.run(to=Site.AWS, run_id=next_run_id(), deadline_seconds=60)
    rotation.join()
    assert failures == []
    assert result.changed
    login = world.login(site, "migration")
    assert login.user == "payshift_migration_clone"
    assert world.subscribed_as(site) == {(login.user, login.password.get_secret_value())}


def test_the_last_step_asks_again_and_again_until_a_handover_has_ended(world: World) -> None:
    token = world.start(Site.LEGACY, "migration")
    for step in STEPS[:3]:
        world.step(step, Site.LEGACY, "migration", token)
    before = world.subscribed_as(Site.LEGACY)
    with ThreadPoolExecutor(max_workers=1) as pool, world.admin(Site.LEGACY) as look:
        with open_sessions(world.engines(), deadline=Deadline(seconds=60)):
            finished = pool.submit(world.step, STEPS[3], Site.LEGACY, "migration", token)
            asked: set[datetime] = set()
            while len(asked) < 3 and not finished.done():
                asked |= {row[0] for row in look.execute(ASKING).fetchall()}
            assert world.subscribed_as(Site.LEGACY) == before
        finished.result()
    login = world.login(Site.LEGACY, "migration")
    assert login.user == "payshift_migration_clone"
    assert world.subscribed_as(Site.LEGACY) == {(login.user, login.password.get_secret_value())}


def accepting(world: World, site: Site) -> bool:
    with connect(world.login(site, "app"), application_name="test") as connection:
        return read_writer(connection).accepting
