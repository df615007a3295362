"""What plans do not show, asked of the AWS API over HTTP; and plans by real Terraform."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.config.loading import PhaseSet
from app.config.names import DATABASE_ROLES, SITES
from app.errors import WorldError
from app.pipeline.drift import probes
from app.pipeline.drift.context import DriftContext
from app.pipeline.drift.run import find_drift
from app.pipeline.probing.base import Outcome, discover, run_probe
from app.pipeline.world import World
from tests.pipeline.by_hand import STREAMS, Tasks, Zone, mappings
from tests.pipeline.conftest import Client, Place

FEATURES = {
    "writer": "legacy",
    "reads": "writer",
    "shadow_reads_percent": 0,
    "reverse_replication": False,
}


@pytest.fixture
def zone(place: Place) -> Zone:
    return Zone.anew(place)


@pytest.fixture
def phases(place: Place) -> PhaseSet:
    return place.set_live(10)


def look(
    place: Place, phases: PhaseSet, client: Client, name: str, **changes: Any
) -> dict[str, tuple[Outcome, str]]:
    """Run one probe with production in phase 10; returns outcome and message by subject."""
    values: dict[str, Any] = {
        "environment": place.target.environment,
        "phases": phases,
        "world": World(10, 10, FEATURES),
        "client": client,
    }
    lines = run_probe(discover(probes)[name], DriftContext(**values | changes))
    return {one.subject: (one.outcome, one.message) for one in lines}


def failed(found: dict[str, tuple[Outcome, str]]) -> set[str]:
    return {subject for subject, (outcome, _) in found.items() if outcome is Outcome.FAILED}


def test_production_in_the_live_phase_with_its_features_passes(
    place: Place, phases: PhaseSet, client: Client
) -> None:
    found = look(place, phases, client, "live_phase")
    assert {outcome for outcome, _ in found.values()} == {Outcome.PASSED}


def test_a_phase_or_a_feature_that_git_does_not_know_is_drift(
    place: Place, phases: PhaseSet, client: Client
) -> None:
    found = look(place, phases, client, "live_phase", world=World(50, 50, FEATURES))
    assert failed(found) == {"live phase"}
    changed = World(10, 11, FEATURES | {"reads": "replica"})
    found = look(place, phases, client, "live_phase", world=changed)
    assert found["features"] == (
        Outcome.FAILED,
        "aws_percent is 11, not 10, reads is replica, not writer",
    )


def test_the_weights_of_the_phase_pass_and_any_other_are_drift(
    place: Place, phases: PhaseSet, client: Client, zone: Zone
) -> None:
    zone(legacy=90, aws=10)
    found = look(place, phases, client, "weights")
    assert {outcome for outcome, _ in found.values()} == {Outcome.PASSED}
    zone(legacy=89, aws=10)
    assert failed(look(place, phases, client, "weights")) == {"weight of legacy"}
    zone(ttl=300, legacy=90, aws=10)
    assert failed(look(place, phases, client, "weights")) == {"weight of legacy", "weight of aws"}
    zone(legacy=90, aws=10, elsewhere=5)
    assert failed(look(place, phases, client, "weights")) == {"other records"}


def test_a_name_without_its_records_is_drift(
    place: Place, phases: PhaseSet, client: Client, zone: Zone
) -> None:
    zone(legacy=90)
    assert look(place, phases, client, "weights")["weight of aws"] == (
        Outcome.FAILED,
        "api.payments.test has no such record; phase-10 wants 10 with 2 s",
    )


def measured(place: Place, client: Client, **figures: float) -> None:
    client("cloudwatch").put_metric_data(
        Namespace="Payshift",
        MetricData=[
            {
                "MetricName": name,
                "Value": value,
                "Dimensions": [{"Name": "Environment", "Value": place.target.environment.name}],
            }
            for name, value in figures.items()
        ],
    )


def test_the_writer_of_the_phase_passes_and_another_or_two_are_drift(
    place: Place, phases: PhaseSet, client: Client
) -> None:
    assert look(place, phases, client, "writer")["writer"][0] is Outcome.UNKNOWN
    measured(place, client, AcceptingSites=1, WriterIsAws=0, UnreachableDatabases=0)
    found = look(place, phases, client, "writer")
    assert {outcome for outcome, _ in found.values()} == {Outcome.PASSED}
    measured(place, client, AcceptingSites=2, WriterIsAws=1, UnreachableDatabases=1)
    assert failed(look(place, phases, client, "writer")) == {
        "sites that accept writes",
        "writer",
        "databases that do not answer",
    }


def test_figures_of_long_ago_are_no_answer(place: Place, phases: PhaseSet, client: Client) -> None:
    measured(place, client, AcceptingSites=1, WriterIsAws=0)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert look(place, phases, client, "writer", now=later)["writer"][0] is Outcome.UNKNOWN


def test_tasks_that_run_as_the_phase_needs_pass(
    place: Place, phases: PhaseSet, client: Client
) -> None:
    assert look(place, phases, client, "tasks")["replication tasks"][0] is Outcome.UNKNOWN
    Tasks.applied(place)
    found = look(place, phases, client, "tasks")
    assert {outcome for outcome, _ in found.values()} == {Outcome.PASSED}


def test_a_task_that_stopped_runs_the_wrong_way_or_is_gone_is_drift(
    place: Place, phases: PhaseSet, client: Client
) -> None:
    tasks = Tasks.applied(place, running=("reverse", "reverse-probe"))
    assert failed(look(place, phases, client, "tasks")) == {
        "task forward",
        "task forward-probe",
        "task reverse",
    }
    tasks.delete("reverse-probe")
    assert look(place, phases, client, "tasks")["task reverse-probe"] == (
        Outcome.FAILED,
        "is missing; phase-10 wants it running",
    )


def test_with_the_writer_at_aws_the_reverse_task_runs(
    place: Place, phases: PhaseSet, client: Client
) -> None:
    world = World(100, 100, FEATURES | {"writer": "aws"})
    Tasks.applied(place, running=STREAMS)
    assert failed(look(place, phases, client, "tasks", world=world)) == {"task forward"}


def ready(client: Client, *names: str) -> Client:
    """Let DMS tell that these tasks were never started, which moto has no way to reach."""

    def tell(parsed: dict[str, Any], **_: Any) -> None:
        for one in parsed.get("ReplicationTasks", []):
            if one["ReplicationTaskIdentifier"] in names:
                one["Status"] = "ready"

    def made(service: str) -> Any:
        found = client(service)
        found.meta.events.register("after-call.dms.DescribeReplicationTasks", tell)
        return found

    return made


def test_a_task_that_was_never_started_is_drift_only_where_dms_carries_rows(
    place: Place, phases: PhaseSet, client: Client
) -> None:
    Tasks.applied(place)
    told = ready(client, place.target.names.replication_task("forward-probe"))
    found = look(place, phases, told, "tasks")
    assert {outcome for outcome, _ in found.values()} == {Outcome.PASSED}
    replication = place.target.environment.replication.model_copy(update={"carrier": "dms"})
    carried = place.target.environment.model_copy(update={"replication": replication})
    found = look(place, phases, told, "tasks", environment=carried)
    assert failed(found) == {"task forward-probe"}


def test_what_a_task_carries_is_compared_with_its_last_apply(
    place: Place, phases: PhaseSet, client: Client
) -> None:
    subject = f"definition of {place.target.names.replication_task('forward')}"
    found = look(place, phases, client, "task_definitions")
    assert [outcome for outcome, _ in found.values()] == [Outcome.PASSED]
    tasks = Tasks.applied(place)
    found = look(place, phases, client, "task_definitions")
    assert {outcome for outcome, _ in found.values()} == {Outcome.PASSED}
    assert len(found) == len(STREAMS)
    tasks.replace("forward", TableMappings=mappings("payment", "refund_of_2019"))
    tasks.replace("reverse", TableMappings=mappings("payment"))
    # What DMS fills in by itself is no difference, what it has otherwise is one.
    changed = {"FullLoadSettings": {"MaxFullLoadSubTasks": 49}, "Logging": {"EnableLogging": True}}
    tasks.replace(
        "forward-probe", ReplicationTaskSettings=json.dumps(changed | {"New": {"Default": 1}})
    )
    found = look(place, phases, client, "task_definitions")
    assert len(failed(found)) == 3
    assert found[subject][1] == (
        "table_mappings.rules[1].object-locator.table-name is refund_of_2019, not refund"
    )
    assert found[subject.replace("forward", "reverse")][1] == (
        "table_mappings.rules has 1 entries, not 2"
    )
    assert found[f"{subject}-probe"][1] == (
        "replication_task_settings.FullLoadSettings.MaxFullLoadSubTasks is 49, not 8"
    )


def test_logins_older_than_the_schedule_are_drift(
    place: Place, phases: PhaseSet, client: Client
) -> None:
    names, secrets = place.target.names, client("secretsmanager")
    for site in SITES:
        for role in DATABASE_ROLES:
            secrets.create_secret(Name=names.secret(site, role), SecretString="{}")
    found = look(place, phases, client, "secrets")
    assert {outcome for outcome, _ in found.values()} == {Outcome.PASSED}
    later = datetime.now(UTC) + timedelta(days=32)
    assert len(failed(look(place, phases, client, "secrets", now=later))) == len(found) == 8
    secrets.delete_secret(SecretId=names.secret("aws", "app"), ForceDeleteWithoutRecovery=True)
    assert failed(look(place, phases, client, "secrets")) == {names.secret("aws", "app")}


def test_certificates_are_told_thirty_days_ahead(
    place: Place, phases: PhaseSet, client: Client
) -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    found = look(place, phases, client, "certificates", now=now)
    assert found["entrance"][0] is Outcome.UNKNOWN
    roots = {subject: outcome for subject, (outcome, _) in found.items() if " in aws-" in subject}
    assert len(roots) == 3
    assert set(roots.values()) == {Outcome.PASSED}
    late = datetime(2061, 4, 25, tzinfo=UTC)
    assert len(failed(look(place, phases, client, "certificates", now=late))) >= 1


def test_a_probe_that_cannot_look_is_unknown_and_the_others_go_on(
    place: Place, phases: PhaseSet
) -> None:
    def refuses(_service: str) -> Any:
        raise WorldError("no answer", remedy="sign in")

    context = DriftContext(
        environment=place.target.environment, phases=phases, client=refuses,
        world=World(10, 10, FEATURES),
    )  # fmt: skip
    report = find_drift(None, context)
    assert report.exit_code == 3
    assert report.count(Outcome.PASSED) == 2  # fact: the live phase needs no client
    assert {one.remedy for one in report.lines if one.outcome is Outcome.UNKNOWN} == {"sign in"}
