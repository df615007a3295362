"""What a first start refuses, with every reason, before anything is started."""

from __future__ import annotations

import pytest
from moto.dms.models import FakeConnection

from app.errors import FirstLoadRefused, HandoverRefused
from app.migration.connection import connect
from app.migration.idle_transactions import let_rest
from app.migration.replication.dms_stage import DmsStanding
from app.migration.sites import Databases, Site
from tests.migration.dms_player import STREAMS, Player
from tests.migration.first_start.starting import (
    REPLICATION,
    first_start,
    hand_over,
    postponed,
    tasks,
)
from tests.migration.support import pay, payments

pytestmark = pytest.mark.slow


def refused(databases: Databases, player: Player, *, reason: str) -> None:
    with pytest.raises(FirstLoadRefused, match=reason):
        first_start(databases).run()
    assert player.calls == []
    assert postponed(databases) == 0


def test_a_target_that_holds_rows_is_not_loaded_over(databases: Databases, player: Player) -> None:
    with connect(databases[Site.AWS], application_name="test") as aws, aws.transaction():
        aws.execute("SET LOCAL session_replication_role = replica")
        pay(aws)
    reason = "aws holds rows already, in payments.ledger_entry, payments.payment"
    refused(databases, player, reason=reason)


def test_every_fault_of_the_databases_is_named_before_anything_is_started(
    databases: Databases, player: Player
) -> None:
    with connect(databases[Site.LEGACY], application_name="test") as legacy:
        legacy.execute(f"ALTER ROLE {REPLICATION} NOSUPERUSER".encode())
        legacy.execute("CREATE INDEX only_here ON payments.payment (merchant_id)")
        try:
            refused(
                databases,
                player,
                reason=r"index payments\.only_here: legacy .*, aws has none; "
                f"{REPLICATION} at legacy may not set "
                "session_replication_role",
            )
        finally:
            legacy.execute("DROP INDEX payments.only_here")


def test_a_table_that_no_task_would_load_is_named(databases: Databases, player: Player) -> None:
    sites = [connect(databases[site], application_name="test") for site in Site]
    try:
        for site in sites:
            site.execute("CREATE TABLE payments.chargeback (id bigint PRIMARY KEY)")
        refused(
            databases,
            player,
            reason="DMS task forward does not carry payments.chargeback from legacy",
        )
    finally:
        for site in sites:
            site.execute("DROP TABLE payments.chargeback")
            site.close()


def test_a_login_that_may_not_write_is_named(databases: Databases, player: Player) -> None:
    with connect(databases[Site.AWS], application_name="test") as aws:
        aws.execute(f"ALTER ROLE {REPLICATION} NOSUPERUSER".encode())
        aws.execute(f"REVOKE pg_write_all_data FROM {REPLICATION}".encode())
        try:
            refused(
                databases,
                player,
                reason=f"{REPLICATION} at aws may not read and write payments.ledger_entry, "
                "payments.payment, payments.refund",
            )
        finally:
            aws.execute(f"GRANT pg_write_all_data TO {REPLICATION}".encode())


def test_a_login_whose_idle_transactions_would_be_ended_is_named(
    databases: Databases, player: Player
) -> None:
    with connect(databases[Site.LEGACY], application_name="test") as legacy:
        legacy.execute(f"ALTER ROLE {REPLICATION} RESET ALL".encode())
        try:
            reason = f"idle transactions of {REPLICATION} at legacy may be ended"
            refused(databases, player, reason=reason)
        finally:
            let_rest(legacy)


def test_an_endpoint_that_dms_does_not_reach_is_named(
    databases: Databases, player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe = FakeConnection.to_dict

    def unreachable(connection: FakeConnection) -> dict[str, object]:
        found = describe(connection)
        if "reverse-probe-source" in found["EndpointIdentifier"]:
            return found | {"Status": "failed", "LastFailureMessage": "no pg_hba.conf entry"}
        return found

    monkeypatch.setattr(FakeConnection, "to_dict", unreachable)
    reason = r"DMS does not reach payshift-local-reverse-probe-source \(no pg_hba.conf entry\)"
    refused(databases, player, reason=reason)


def test_a_database_that_has_been_the_writer_is_never_loaded_over(
    databases: Databases, player: Player
) -> None:
    first_start(databases).run()
    hand_over(databases, to=Site.AWS)
    calls = list(player.calls)
    for reload in (False, True):
        with pytest.raises(FirstLoadRefused, match="Rows flow back from aws"):
            first_start(databases).run(reload=reload)
    hand_over(databases, to=Site.LEGACY)
    with pytest.raises(FirstLoadRefused, match="the writer has been moved before"):
        first_start(databases).run(reload=True)
    assert "reload-target" not in {how for how, _ in player.calls[len(calls) :]}
    assert payments(databases, Site.AWS) == payments(databases, Site.LEGACY)


def test_a_handover_before_the_first_start_says_what_to_do(
    databases: Databases, player: Player
) -> None:
    assert player
    with pytest.raises(HandoverRefused, match="nobody has started it yet") as refusal:
        hand_over(databases, to=Site.AWS)
    assert "payshift replication start" in str(refusal.value)


def test_tasks_that_are_not_there_are_told(databases: Databases, player: Player) -> None:
    player.remove_tasks()
    with pytest.raises(FirstLoadRefused, match="missing") as refusal:
        first_start(databases).run()
    assert "payshift deliver --foundation" in refusal.value.remedy
    assert set(DmsStanding.read(tasks()).tasks) == set(STREAMS)
