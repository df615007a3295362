"""The first start of DMS's tasks, whose rows real subscriptions carry between real databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.loading import load_environment
from app.errors import FirstLoadRefused
from app.migration.connection import connect
from app.migration.replication import catalog
from app.migration.replication.dms import DmsReplication
from app.migration.replication.dms_stage import Stage
from app.migration.sites import Databases, Site
from app.migration.verify.parity import compare_parity
from app.pipeline.handover.carrier import carrier
from app.pipeline.replication.first_start import first_start as first_start_command
from app.pipeline.replication.standing import carrier_standing
from app.pipeline.target import Target
from tests.lambdas.conftest import keep_secret
from tests.migration.dms_player import Player
from tests.migration.first_start.starting import (
    Interrupted,
    Told,
    first_start,
    hand_over,
    postponed,
)
from tests.migration.support import Pair, Payers, drain, payments

pytestmark = pytest.mark.slow


def test_the_target_is_loaded_under_write_load_and_the_writer_can_move_there_and_back(
    bare: Pair, databases: Databases, player: Player
) -> None:
    payers, told = Payers(bare.applications), Told()
    with payers.paying(threads=2):
        payers.wait_for(5)
        standing = first_start(databases, told).run()
        payers.wait_for(5)
        for to in (Site.AWS, Site.LEGACY):
            hand_over(databases, to=to)
            payers.wait_for(5)
    drain(databases)
    assert standing.stage is Stage.FOLLOWING
    assert standing.faults == ()
    assert payers.errors == []
    assert payments(databases, Site.LEGACY) == payments(databases, Site.AWS)
    assert compare_parity(databases).equal
    # facts: DMS itself stopped after the load, nobody else did; the reverse task was not started
    # before the first handover
    assert player.calls[:4] == [
        ("start-replication", "forward"),
        ("start-replication", "forward-probe"),
        ("start-replication", "reverse-probe"),
        ("resume-processing", "forward"),
    ]
    assert player.calls[4:] == [
        ("stop", "forward"),
        ("start-replication", "reverse"),
        ("stop", "reverse"),
        ("resume-processing", "forward"),
    ]
    assert postponed(databases) == 0


def test_the_command_takes_logins_plugin_and_sizes_from_the_environment(
    databases: Databases, player: Player, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert player
    monkeypatch.setenv("PAYSHIFT_TRUST_BUNDLE", str(databases[Site.AWS].sslrootcert))
    for site, login in databases.items():
        keep_secret(f"payshift/local/{site}/migration", login)
    local = load_environment("local")
    by_dms = local.replication.model_copy(update={"carrier": "dms", "plugin": "pgoutput"})
    target = Target(local.model_copy(update={"replication": by_dms}), tmp_path)
    told = Told()
    assert first_start_command(target, reload=False, wait=True, progress=told).faults == ()
    assert carrier_standing(target.environment).as_record()["stage"] == "following"
    assert isinstance(carrier(target.environment), DmsReplication)


@pytest.mark.parametrize("site", list(Site))
def test_slots_are_made_once_and_decode_as_dms_reads(databases: Databases, site: Site) -> None:
    with connect(databases[site], application_name="test") as connection:
        made, again = (
            catalog.make_slot(connection, name="payshift_made", plugin="test_decoding")
            for _ in range(2)
        )
        found = connection.execute(
            "SELECT slot_name, plugin, confirmed_flush_lsn::text FROM pg_replication_slots"
        ).fetchall()
    assert found == [("payshift_made", "test_decoding", made)]
    assert made == again


def test_indexes_wait_for_the_load_and_slots_for_the_indexes(
    databases: Databases, player: Player
) -> None:
    assert player
    with pytest.raises(Interrupted):
        first_start(databases, Told(until="making 9 indexes")).run()
    # facts: none of these is there while rows are copied: they would keep the log of the load
    for site in Site:
        with connect(databases[site], application_name="test") as connection:
            found = connection.execute(
                "SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE 'payshift%'"
            ).fetchall()
            assert found == []
    assert postponed(databases) == 9
    first_start(databases).run()
    with connect(databases[Site.AWS], application_name="test") as aws:
        names = aws.execute("SELECT slot_name FROM pg_replication_slots ORDER BY 1").fetchall()
    assert names == [("payshift_probe_reverse",), ("payshift_reverse",)]


def test_a_start_that_is_interrupted_anywhere_goes_on_where_it_stopped(
    databases: Databases, player: Player
) -> None:
    for line in (
        "not started", "looking at both", "letting DMS try", "starting the load", "making 9",
        "gathering", "arming", "starting to follow", "a row from legacy", "a row from aws",
    ):  # fmt: skip
        with pytest.raises(Interrupted):
            first_start(databases, Told(until=line)).run()
    standing = first_start(databases).run()
    assert (standing.stage, standing.faults) == (Stage.FOLLOWING, ())
    assert postponed(databases) == 0
    assert compare_parity(databases).equal
    # facts: however often it is run, the target is loaded once and each probe started once
    assert player.calls == [
        ("start-replication", "forward"),
        ("start-replication", "forward-probe"),
        ("start-replication", "reverse-probe"),
        ("resume-processing", "forward"),
    ]


def test_running_it_again_changes_nothing(databases: Databases, player: Player) -> None:
    first_start(databases).run()
    calls = list(player.calls)
    assert first_start(databases).run().stage is Stage.FOLLOWING
    assert player.calls == calls


def test_whoever_does_not_wait_gets_back_while_dms_loads(
    databases: Databases, player: Player
) -> None:
    standing = first_start(databases).run(wait=False)
    assert standing.stage in {Stage.LOADING, Stage.LOADED}
    assert player.calls == [("start-replication", "forward")]
    assert "payshift replication start" in standing.next_step


def test_a_load_that_broke_is_told_and_begun_anew_only_when_that_is_said(
    databases: Databases, player: Player
) -> None:
    player.breaks = True
    with pytest.raises(FirstLoadRefused, match=r"broke its load off at .*FATAL_ERROR"):
        first_start(databases).run()
    with pytest.raises(FirstLoadRefused, match="broke its load off") as refusal:
        first_start(databases).run()
    assert "--reload" in refusal.value.remedy
    assert first_start(databases).run(reload=True).stage is Stage.FOLLOWING
    assert compare_parity(databases).equal
    assert ("reload-target", "forward") in player.calls
