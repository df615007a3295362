"""Subscriptions hold a login of their own: they get the new one while the old one still works."""

from __future__ import annotations

import pytest

from app.errors import HandoverRefused
from app.lambdas.secret_rotation.store import SecretStore
from app.local.postgres import roles
from app.migration.deadline import Deadline
from app.migration.handover import Handover
from app.migration.markers import round_trip
from app.migration.replication.direction import Direction
from app.migration.replication.followers import follow
from app.migration.replication.logical import LogicalReplication
from app.migration.sessions import open_sessions
from app.migration.sites import Site
from tests.lambdas.secret_rotation.world import PENDING, STEPS, World, works
from tests.migration.support import next_run_id

pytestmark = pytest.mark.slow


def held(world: World, site: Site, role: str, stage: str = "AWSCURRENT") -> tuple[str, str]:
    login = world.login(site, role, stage)
    return login.user, login.password.get_secret_value()


def break_all_readers(world: World) -> None:
    """Make every subscription log in anew."""
    for site in Site:
        with world.admin(site) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")


def hand_over(world: World, to: Site) -> None:
    Handover(databases=world.engines(), replication=LogicalReplication()).run(
        to=to, run_id=next_run_id(), deadline_seconds=60
    )


def test_subscriptions_get_every_new_login_and_outlive_the_old_ones(world: World) -> None:
    for _ in range(2):
        for site in Site:
            world.rotate(site, "migration")
            assert world.subscribed_as(site) == {held(world, site, "migration")}
    break_all_readers(world)
    # There and back: the direction that rested reads with its new login, too.
    hand_over(world, Site.AWS)
    hand_over(world, Site.LEGACY)


@pytest.mark.parametrize("site", Site)
def test_a_login_of_their_own_is_followed_and_another_one_is_not(world: World, site: Site) -> None:
    own = world.pair.settings(site, roles.REPLICATION)
    world.subscribe_as(site, own)
    world.rotate(site, "migration")
    assert world.subscribed_as(site) == {(own.user, own.password.get_secret_value())}
    for _ in range(2):
        world.rotate(site, "replication")
        assert world.subscribed_as(site) == {held(world, site, "replication")}
    break_all_readers(world)
    hand_over(world, Site.AWS)
    hand_over(world, Site.LEGACY)


def test_they_change_before_the_secret_does_and_to_a_login_that_works(world: World) -> None:
    token = world.start(Site.LEGACY, "migration")
    old = held(world, Site.LEGACY, "migration")
    for step in STEPS[:3]:
        world.step(step, Site.LEGACY, "migration", token)
        assert world.subscribed_as(Site.LEGACY) == {old}
    world.step(STEPS[3], Site.LEGACY, "migration", token)
    assert world.subscribed_as(Site.LEGACY) == {held(world, Site.LEGACY, "migration")}


def test_a_crash_between_telling_them_and_moving_the_secret_is_mended_by_the_same_step(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = world.start(Site.LEGACY, "migration")
    old = world.login(Site.LEGACY, "migration")
    for step in STEPS[:3]:
        world.step(step, Site.LEGACY, "migration", token)

    def crash(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(SecretStore, "make_current", crash)
        with pytest.raises(MemoryError):
            world.step("finishSecret", Site.LEGACY, "migration", token)
    # Everybody has a login that works: they the new one, who reads the secret the old one.
    assert world.subscribed_as(Site.LEGACY) == {held(world, Site.LEGACY, "migration", PENDING)}
    assert world.login(Site.LEGACY, "migration") == old
    assert works(old)
    break_all_readers(world)
    hand_over(world, Site.AWS)
    world.step("finishSecret", Site.LEGACY, "migration", token)
    assert world.login(Site.LEGACY, "migration").user == "payshift_migration_clone"
    assert world.subscribed_as(Site.LEGACY) == {held(world, Site.LEGACY, "migration")}


def test_one_left_with_the_pending_login_gets_the_current_one_before_that_changes(
    world: World,
) -> None:
    """A rotation that was given up between telling the subscriptions and moving the secret."""
    first = world.start(Site.LEGACY, "migration")
    for step in STEPS[:3]:
        world.step(step, Site.LEGACY, "migration", first)
    world.subscribe_as(Site.LEGACY, world.login(Site.LEGACY, "migration", PENDING))
    world.client.update_secret_version_stage(
        SecretId=world.secret(Site.LEGACY, "migration"),
        VersionStage=PENDING,
        RemoveFromVersionId=first,
    )
    second = world.start(Site.LEGACY, "migration")
    for step in STEPS[:2]:
        world.step(step, Site.LEGACY, "migration", second)
    assert world.subscribed_as(Site.LEGACY) == {held(world, Site.LEGACY, "migration")}


def test_while_a_handover_holds_its_right_no_subscription_is_touched(world: World) -> None:
    token = world.start(Site.LEGACY, "migration")
    for step in STEPS[:3]:
        world.step(step, Site.LEGACY, "migration", token)
    before = world.subscribed_as(Site.LEGACY)
    with open_sessions(world.engines(), deadline=Deadline(seconds=10)):
        with pytest.raises(HandoverRefused, match="Another handover is going on"):
            follow(
                databases=world.engines(),
                source=Site.LEGACY,
                login=world.login(Site.LEGACY, "migration", PENDING),
                deadline=Deadline(seconds=0.3),
            )
        assert world.subscribed_as(Site.LEGACY) == before
    world.step("finishSecret", Site.LEGACY, "migration", token)
    assert world.subscribed_as(Site.LEGACY) == {held(world, Site.LEGACY, "migration")}


def test_rows_go_on_to_arrive_after_a_rotation(world: World) -> None:
    world.rotate(Site.LEGACY, "migration")
    direction = Direction(Site.LEGACY)
    with world.admin(Site.LEGACY) as legacy, world.admin(Site.AWS) as aws:
        assert round_trip(
            sessions={Site.LEGACY: legacy, Site.AWS: aws},
            direction=direction,
            table=direction.marker_table,
            deadline=Deadline(seconds=30),
        )
