"""`payshift replication`, and what the doctor says of the tasks, against moto's DMS over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from typer.testing import CliRunner, Result

from app.config.loading import load_environment
from app.errors import InputError
from app.pipeline import aws
from app.pipeline.cli import app
from app.pipeline.doctor.context import DoctorContext
from app.pipeline.doctor.run import examine
from tests.migration.dms_player import adapt_moto

PREFIX = "payshift-production"
STREAMS = ("forward", "reverse", "forward-probe", "reverse-probe")
FOLLOWING = ("forward", "forward-probe", "reverse-probe")


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The four tasks of production, at rest; their ARNs by stream."""
    adapt_moto()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    values = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-2",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("dms")
    arns = {}
    for stream in STREAMS:
        made = client.create_replication_task(
            ReplicationTaskIdentifier=f"{PREFIX}-{stream}",
            SourceEndpointArn="arn:aws:dms:us-east-2:123456789012:endpoint:source",
            TargetEndpointArn="arn:aws:dms:us-east-2:123456789012:endpoint:target",
            ReplicationInstanceArn="arn:aws:dms:us-east-2:123456789012:rep:one",
            MigrationType="full-load-and-cdc" if stream == "forward" else "cdc",
            TableMappings="{}",
        )
        arns[stream] = made["ReplicationTask"]["ReplicationTaskArn"]
    yield arns
    for arn in arns.values():
        client.delete_replication_task(ReplicationTaskArn=arn)
    server.stop()


def start(tasks: dict[str, str], *streams: str) -> None:
    for stream in streams:
        boto3.client("dms").start_replication_task(
            ReplicationTaskArn=tasks[stream], StartReplicationTaskType="start-replication"
        )


def payshift(*arguments: str, environment: str = "production", answer: str = "") -> Result:
    words = ["--environment", environment, "replication", *arguments]
    return CliRunner().invoke(app, words, input=answer)


def lines(result: Result) -> list[str]:
    return result.stdout.splitlines()


def test_tasks_that_nobody_started_are_a_no_with_the_next_step(tasks: dict[str, str]) -> None:
    assert tasks
    result = payshift("status")
    assert lines(result) == [
        "DMS, not started: forward ready, reverse ready, forward-probe ready, reverse-probe ready",
        "next: load the target: payshift replication start",
    ]
    assert result.exit_code == 1


def test_rows_that_flow_are_a_yes(tasks: dict[str, str]) -> None:
    start(tasks, *FOLLOWING)
    result = payshift("status")
    assert (result.exit_code, lines(result)[0].split(":")[0]) == (0, "DMS, following")


def test_a_task_that_should_run_is_a_no(tasks: dict[str, str]) -> None:
    start(tasks, *FOLLOWING)
    boto3.client("dms").stop_replication_task(ReplicationTaskArn=tasks["reverse-probe"])
    result = payshift("status")
    assert result.exit_code == 1
    assert "! DMS task reverse-probe is stopped, not running" in lines(result)


def test_where_postgresql_carries_rows_there_is_nothing_to_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "environment.json"
    file.write_text('{"process_environment": {}}', encoding="utf-8")
    monkeypatch.setenv("PAYSHIFT_LOCAL_ENVIRONMENT", str(file))
    result = payshift("status", environment="local")
    assert (result.exit_code, lines(result)) == (0, ["PostgreSQL's logical replication"])
    result = payshift("start", environment="local")
    assert isinstance(result.exception, InputError)
    assert "carrier: dms" in result.exception.remedy


def test_whoever_does_not_confirm_deletes_nothing(tasks: dict[str, str]) -> None:
    assert tasks
    result = payshift("start", "--reload", answer="n\n")
    assert isinstance(result.exception, InputError)
    assert result.exception.message == "nothing was deleted and nothing was started"


def diagnosis(environment: str = "production") -> dict[str, tuple[str, str]]:
    loaded = load_environment(environment)
    context = DoctorContext(environment=loaded, client=partial(aws.client, loaded))
    report = examine(context, only=["carrier"])
    return {line.subject: (line.outcome.value, line.message) for line in report.lines}


def test_the_doctor_knows_nothing_of_tasks_that_were_never_started(tasks: dict[str, str]) -> None:
    assert tasks
    assert diagnosis() == {"carrier of the rows": ("unknown", "DMS, not started")}
    assert diagnosis("local") == {
        "carrier of the rows": ("passed", "PostgreSQL's logical replication")
    }


def test_the_doctor_names_the_task_that_should_run(tasks: dict[str, str]) -> None:
    start(tasks, *FOLLOWING)
    boto3.client("dms").stop_replication_task(ReplicationTaskArn=tasks["forward-probe"])
    assert diagnosis() == {
        "carrier of the rows": ("passed", "DMS, following"),
        "task forward": ("passed", "running"),
        "task reverse": ("passed", "ready"),
        "task forward-probe": ("failed", "stopped"),
        "task reverse-probe": ("passed", "running"),
    }
