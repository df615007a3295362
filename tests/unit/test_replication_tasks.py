"""What DMS's tasks carry and how, as JSON; no cdktf is needed for it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.components.replication_settings import task_settings
from app.components.replication_streams import BUSINESS_TABLES, STREAMS, Stream, table_mappings
from app.config.first_load import TEXT_COLUMNS
from app.config.loading import load_environment
from app.config.replication import Replication
from app.migration import sql
from app.migration.replication.direction import Direction
from app.migration.sites import Site

PRODUCTION = load_environment("production").replication
FORWARD = STREAMS[0]
BUSINESS = Path(sql.__path__[0]) / "business.sql"


def rules(stream: Stream, kind: str, settings: Replication = PRODUCTION) -> list[dict[str, Any]]:
    found = json.loads(table_mappings(stream, settings=settings))["rules"]
    assert [rule["rule-id"] for rule in found] == [str(n + 1) for n in range(len(found))]
    return [rule for rule in found if rule["rule-type"] == kind]


def carried(stream: Stream) -> set[str]:
    selections = rules(stream, "selection")
    assert {rule["rule-action"] for rule in selections} == {"include"}
    names = [rule["object-locator"] for rule in selections]
    return {f"{name['schema-name']}.{name['table-name']}" for name in names}


def section(name: str, stream: Stream = FORWARD) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(task_settings(stream, settings=PRODUCTION))[name]
    return found


@pytest.mark.parametrize("site", list(Site))
def test_data_and_markers_travel_together_and_probes_on_their_own(site: Site) -> None:
    direction = Direction(site)
    data, probe = (stream for stream in STREAMS if stream.source == site.value)
    assert carried(data) == {
        "payments.ledger_entry",
        "payments.payment",
        "payments.refund",
        f"payshift.{direction.marker_table}",
    }
    assert carried(probe) == {f"payshift.{direction.probe_table}"}


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_streams_are_named_and_armed_as_the_engine_expects(stream: Stream) -> None:
    direction = Direction(Site(stream.source))
    slot = direction.data if stream.business else direction.probe
    assert stream.target == direction.target.value
    # A full load takes a slot of its own; every other one waits where the engine put it.
    assert stream.slot == (None if stream.full_load else slot)
    assert slot == "payshift_" + "_".join(reversed(stream.name.split("-")))


def test_every_business_table_is_carried() -> None:
    from app.migration.schema import SQL  # noqa: PLC0415 - only here

    text = (SQL / "business.sql").read_text(encoding="utf-8")
    created = {
        line.split("payments.")[1].split()[0]
        for line in text.splitlines()
        if line.startswith("CREATE TABLE")
    }
    assert created == set(BUSINESS_TABLES)


def test_the_large_tables_are_loaded_in_four_parts_a_subtask() -> None:
    parts = {
        rule["object-locator"]["table-name"]: rule["parallel-load"]
        for rule in rules(FORWARD, "table-settings")
    }
    assert {name: (one["type"], one["columns"]) for name, one in parts.items()} == {
        "payment": ("ranges", ["created_at"]),
        "refund": ("ranges", ["created_at"]),
        "ledger_entry": ("ranges", ["id"]),
    }
    for one in parts.values():
        assert len(one["boundaries"]) == 4 * PRODUCTION.first_load.subtasks - 1


def test_parts_are_in_order_and_of_the_same_size() -> None:
    parts = {
        rule["object-locator"]["table-name"]: rule["parallel-load"]["boundaries"]
        for rule in rules(FORWARD, "table-settings")
    }
    ids = [int(boundary) for (boundary,) in parts["ledger_entry"]]
    assert ids == [6_250_000 * part for part in range(1, 32)]
    days = [boundary for (boundary,) in parts["payment"]]
    assert days == sorted(set(days))
    assert (days[0], days[-1]) == ("2021-03-10 00:00:00", "2026-10-23 00:00:00")


def test_a_short_history_is_cut_into_days_without_empty_parts() -> None:
    history = PRODUCTION.history.model_copy(
        update={"last_day": PRODUCTION.history.first_day.replace(day=4), "ledger_entries": 3}
    )
    settings = PRODUCTION.model_copy(update={"history": history})
    for rule in rules(FORWARD, "table-settings", settings):
        boundaries = rule["parallel-load"]["boundaries"]
        assert len(boundaries) == 2


@pytest.mark.parametrize("stream", STREAMS[1:], ids=lambda stream: stream.name)
def test_nothing_is_cut_where_nothing_is_loaded(stream: Stream) -> None:
    assert rules(stream, "table-settings") == []


def test_rows_are_applied_one_by_one_in_commit_order() -> None:
    assert section("TargetMetadata")["BatchApplyEnabled"] is False


def test_texts_are_carried_whole_or_stop_the_task() -> None:
    target = section("TargetMetadata")
    assert (target["SupportLobs"], target["LimitedSizeLobMode"], target["FullLobMode"]) == (
        True,
        True,
        False,
    )
    # fact: an idempotency key has at most 255 characters, a merchant 64, a hash 32 bytes
    assert target["LobMaxSize"] == 4
    assert section("ErrorBehavior")["DataTruncationErrorPolicy"] == "STOP_TASK"


def test_no_policy_skips_or_sets_aside_a_row() -> None:
    errors = section("ErrorBehavior")
    policies = {name: value for name, value in errors.items() if name.endswith("Policy")}
    assert len(policies) == 9
    assert set(policies.values()) == {"STOP_TASK"}
    assert errors["FailOnTransactionConsistencyBreached"] is True


def test_a_line_that_is_down_is_waited_for_without_end() -> None:
    errors = section("ErrorBehavior")
    assert errors["RecoverableErrorCount"] == -1
    assert errors["RecoverableErrorStopRetryAfterThrottlingMax"] is False


def test_the_tables_that_the_engine_made_are_filled_as_they_are() -> None:
    load = section("FullLoadSettings")
    assert load["TargetTablePrepMode"] == "DO_NOTHING"
    assert load["MaxFullLoadSubTasks"] == 8


def test_the_load_leaves_half_of_the_instances_memory_to_everything_else() -> None:
    # fact: DMS sets LobMaxSize times CommitRate times LOB columns aside for each part
    load, target = section("FullLoadSettings"), section("TargetMetadata")
    tables = re.findall(r"CREATE TABLE.*?\n\);", BUSINESS.read_text(encoding="utf-8"), re.S)
    columns = max(len(re.findall(r"^ +\w+ +(?:text|bytea)\b", one, re.M)) for one in tables)
    kilobytes = columns * target["LobMaxSize"] * load["CommitRate"] * load["MaxFullLoadSubTasks"]
    assert columns == TEXT_COLUMNS
    assert kilobytes < 4 * 1_024**2 / 2


def test_a_load_stops_before_changes_are_applied_so_that_indexes_are_made_in_peace() -> None:
    for stream in STREAMS:
        load = section("FullLoadSettings", stream)
        assert load["StopTaskCachedChangesNotApplied"] is stream.full_load
        assert load["StopTaskCachedChangesApplied"] is False


def test_no_change_of_a_tables_definition_reaches_the_target() -> None:
    assert set(section("ChangeProcessingDdlHandlingPolicy").values()) == {False}


def test_every_row_of_the_business_is_compared_and_no_probe() -> None:
    for stream in STREAMS:
        validation = section("ValidationSettings", stream)
        assert validation["EnableValidation"] is stream.business
        assert validation.get("SkipLobColumns", False) is False


def test_the_log_tells_what_every_part_does_and_shows_no_row() -> None:
    logging = section("Logging")
    assert logging["EnableLogging"] is True
    severities = {one["Severity"] for one in logging["LogComponents"]}
    assert severities == {"LOGGER_SEVERITY_DEFAULT"}
    logged = {one["Id"] for one in logging["LogComponents"]}
    assert {"SOURCE_CAPTURE", "SOURCE_UNLOAD", "TARGET_LOAD", "TARGET_APPLY"} <= logged
    # DMS fills these in itself; the provider refuses them.
    assert {"CloudWatchLogGroup", "CloudWatchLogStream"} & set(logging) == set()
