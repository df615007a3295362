"""How far a first start has come, from what DMS says of its tasks, and what is told of a load."""

from __future__ import annotations

import pytest

from app.migration.replication.dms_progress import duration, load_line
from app.migration.replication.dms_stage import STREAMS, DmsStanding, Stage
from app.migration.replication.dms_tasks import Load, Task

WHOLE = Load(percent=100, loaded=4)
PART = Load(percent=40, loaded=1, loading=2, queued=1, seconds=3_600)
RESTING = {"reverse": "ready", "forward-probe": "running", "reverse-probe": "running"}


def standing(load: Load = WHOLE, **statuses: str | None) -> DmsStanding:
    """Tasks as they stand while legacy writes, but for what is given."""
    wanted: dict[str, str | None] = {"forward": "running", **RESTING}
    wanted |= {stream.replace("_", "-"): status for stream, status in statuses.items()}
    return DmsStanding(
        tasks={
            stream: None if status is None else task(stream, status, load)
            for stream, status in wanted.items()
        }
    )


def task(stream: str, status: str, load: Load = WHOLE) -> Task:
    return Task(
        name=f"payshift-production-{stream}",
        arn=f"arn:aws:dms:us-east-2:123456789012:task:production-{stream}",
        status=status,
        only_changes=stream != "forward",
        load=load,
        trouble="Stop Reason FATAL_ERROR" if status == "failed" else "",
    )


@pytest.mark.parametrize(
    ("found", "stage"),
    [
        (standing(forward=None), Stage.MISSING),
        (standing(reverse_probe=None), Stage.MISSING),
        (standing(forward="ready", load=Load()), Stage.NOT_STARTED),
        (standing(forward="creating", reverse="creating", load=Load()), Stage.NOT_STARTED),
        (standing(forward="starting", load=Load()), Stage.LOADING),
        (standing(forward="running", load=PART), Stage.LOADING),
        (standing(forward="stopped", load=PART), Stage.LOAD_BROKEN),
        (standing(forward="failed", load=PART), Stage.LOAD_BROKEN),
        (standing(forward="stopped", load=Load(percent=100, loaded=3, errored=1)),
         Stage.LOAD_BROKEN),
        (standing(forward="stopped"), Stage.LOADED),
        (standing(forward="failed"), Stage.LOADED),
        (standing(), Stage.FOLLOWING),
        (standing(forward="stopped", reverse="running"), Stage.GONE_BACK),
        (standing(forward="running", reverse="stopping"), Stage.GONE_BACK),
    ],
)  # fmt: skip
def test_the_stage_is_told_from_the_tasks_alone(found: DmsStanding, stage: Stage) -> None:
    assert found.stage is stage
    assert bool(found.next_step) is (stage not in {Stage.FOLLOWING, Stage.GONE_BACK})


def test_a_task_that_rests_by_right_is_no_fault_and_one_that_should_run_is() -> None:
    assert standing().faults == ()
    assert standing(forward="ready", reverse_probe="ready").faults == ()
    assert standing(reverse_probe="stopped").faults == (
        "DMS task reverse-probe is stopped, not running",
    )
    back = standing(forward="stopped", reverse="failed-move")
    assert back.faults == ("DMS task reverse is failed-move, not running",)


def test_the_record_names_every_task() -> None:
    record = standing(load=PART).as_record()
    assert record["tasks"] == {"forward": "running", **RESTING}
    assert (record["stage"], record["load_percent"]) == ("loading", 40)
    assert set(record["tasks"]) == set(STREAMS)


def test_a_load_tells_bytes_tables_and_the_time_that_is_left() -> None:
    assert load_line(task("forward", "running", PART), gigabytes=81.25, expected_gigabytes=325) == (
        "loading: 40 %, 81.2 GB of about 325 at the target, 1 tables done, "
        "2 loading, 1 waiting, for 1 h 0 min, about 3 h 0 min left"
    )


def test_without_an_expected_size_the_time_left_follows_dmss_percentage() -> None:
    line = load_line(task("forward", "running", PART), gigabytes=1, expected_gigabytes=None)
    assert line.endswith("for 1 h 0 min, about 1 h 30 min left")
    broken = Load(percent=40, errored=1)
    line = load_line(task("forward", "running", broken), gigabytes=0, expected_gigabytes=None)
    assert line.endswith("0 waiting, 1 FAILED")


def test_more_than_was_expected_leaves_nothing_to_wait_for() -> None:
    line = load_line(task("forward", "running", PART), gigabytes=400, expected_gigabytes=325)
    assert line.endswith("for 1 h 0 min, about 0 s left")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (5, "5 s"), (119, "119 s"), (120, "2 min"), (179, "2 min"), (3_599, "59 min"),
        (3_600, "1 h 0 min"), (7_199, "1 h 59 min"),
    ],
)  # fmt: skip
def test_a_duration_is_told_in_seconds_below_two_minutes_and_without_them_above(
    seconds: float, told: str
) -> None:
    assert duration(seconds) == told


def test_of_a_missing_task_nothing_is_loaded() -> None:
    assert standing(forward=None).as_record()["load_percent"] == 0


def test_the_stage_and_the_tasks_are_one_line_for_people() -> None:
    assert str(standing(forward=None)) == (
        "missing: forward missing, reverse ready, forward-probe running, reverse-probe running"
    )
