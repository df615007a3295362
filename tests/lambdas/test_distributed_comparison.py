"""A comparison whose parts functions read: the synthesized state machine, applied and run.

Terraform makes the state machine and the function in the local AWS API, whose interpreter runs the
definition; the runtime host runs the handler; both databases are real.
"""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any

import boto3
import pytest

from app.config.loading import load_environment
from app.errors import DatabaseFailed, InputError
from app.local.cloud.settings import CloudSettings
from app.local.postgres import roles
from app.local.runtime.settings import HostSettings
from app.migration.deadline import Deadline
from app.migration.sites import Site
from app.migration.verify.aspect import Aspect
from app.migration.verify.options import Options
from app.migration.verify.parts.part import Part, PartSums
from app.migration.verify.report import Report
from app.pipeline.helpers import Helpers
from app.pipeline.remote_parts import RemoteParts
from app.pipeline.target import Target
from app.pipeline.verification import Wish, verified
from tests.aws_api import variables_for
from tests.lambdas.comparison_world import PAGES, World, apply, make_bucket
from tests.lambdas.conftest import Pair, keep_secret
from tests.local.processes import running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PAYMENTS = """
INSERT INTO payments.payment
    (id, idempotency_key, request_hash, merchant_id, amount_minor, currency, created_at)
SELECT md5(n::text)::uuid, 'k-' || n, '\\x00', 'm-1', n, 'USD', '2026-11-28'
FROM generate_series(1, 3000) n ORDER BY md5({order})
"""


@pytest.fixture(scope="module")
def world(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("comparison")
    target = Target(load_environment("local"), directory / "build")
    with (
        running("app.local.cloud", settings=CloudSettings(), directory=directory) as cloud,
        pytest.MonkeyPatch.context() as patch,
    ):
        endpoint = str(cloud.said["endpoint"])
        for name, value in variables_for(endpoint).items():
            patch.setenv(name, value)
        make_bucket(target.names.evidence_bucket)
        for site in Site:
            keep_secret(target.names.secret(site, "migration"), pair.settings(site, roles.ENGINE))
        apply(directory, endpoint=endpoint)
        settings = HostSettings(
            log_directory=directory / "logs",
            cloud_endpoint=endpoint,
            workers={target.names.function("comparison"): 3},
            environment={
                "PAYSHIFT_TRUST_BUNDLE": str(pair.settings(Site.AWS, roles.ENGINE).sslrootcert)
            },
        )
        with running("app.local.runtime", settings=settings, directory=directory):
            yield World(target, pair)


@pytest.fixture
def payments(world: World, databases: Pair) -> World:
    """Both sites with the same payments in another order, then one changed, missing and extra."""
    for site, order in ((Site.LEGACY, "n::text"), (Site.AWS, "'x' || n")):
        databases.tell(
            site,
            "SET session_replication_role = replica;" + PAYMENTS.format(order=order),
            "ANALYZE payments.payment",
        )
    world.said.clear()
    return world


def differ(databases: Pair) -> None:
    databases.tell(
        Site.AWS,
        "SET session_replication_role = replica;"
        "UPDATE payments.payment SET merchant_id = 'm-2' WHERE amount_minor = 7;"
        "DELETE FROM payments.payment WHERE amount_minor = 8",
    )
    databases.tell(
        Site.LEGACY,
        "SET session_replication_role = replica;"
        "DELETE FROM payments.payment WHERE amount_minor = 9",
    )


def plain(report: Report) -> Report:
    return replace(report, tables=tuple(replace(one, seconds=0.0) for one in report.tables))


def test_functions_tell_the_same_as_one_process(payments: World, databases: Pair) -> None:
    assert payments.compare(payments.carrier(), "equal").equal
    differ(databases)
    report = payments.compare(payments.carrier(), "different")
    assert report.different == 3
    assert plain(report) == plain(payments.compare(None))
    (line,) = [one for one in payments.said if one.endswith("different-1")]
    parts = int(re.findall(r"(\d+) parts", line)[0])
    assert parts > 5
    # fact: each part has left its sums once
    assert len(payments.sums("different-1")) == parts
    assert payments.execution("different-1")["status"] == "SUCCEEDED"


def test_the_command_has_the_tables_of_an_environment_read(payments: World) -> None:
    wish = Wish(
        options=Options(schemas=("payments",), pages_a_chunk=PAGES),
        aspects=(Aspect.ROWS,),  # nothing carries rows between these databases, as money wants
        help=Helpers(functions=2),
    )
    assert verified(payments.places(), wish, say=payments.said.append).equal
    started = [line for line in payments.said if "2 functions at once" in line]
    # fact: the other tables are empty, and one part each is read at once, here
    assert [line.split(":")[0] for line in started] == ["payments.payment"]
    too_many = replace(wish, help=Helpers(functions=25))
    with pytest.raises(InputError, match="lets 24 functions read at once, not 25"):
        verified(payments.places(), too_many, say=payments.said.append)


def test_a_part_that_is_read_again_leaves_what_was_put_first(payments: World) -> None:
    function = payments.names.function("comparison")

    class Again(RemoteParts):
        def carry(self, parts: Sequence[Part]) -> Generator[PartSums]:
            for _ in range(2):
                answer = boto3.client("lambda").invoke(
                    FunctionName=function, Payload=parts[0].model_dump_json()
                )
                assert json.loads(answer["Payload"].read()) == {"number": 0}
            yield from super().carry(parts)

    carrier = payments.carrier()
    again = Again(**{name: getattr(carrier, name) for name in carrier.__slots__})
    assert payments.compare(again, "again").equal
    keys = payments.sums("again-1")
    assert len(keys) == len(set(keys)) > 5


def test_ctrl_c_stops_the_execution(payments: World) -> None:
    def interrupted(line: str) -> None:
        payments.said.append(line)
        if "functions at once" in line:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        payments.compare(payments.carrier(say=interrupted), "interrupted")
    assert payments.said[-1] == "interrupted-1 was stopped in AWS"
    # fact: an execution that is stopped ends in its own time
    deadline = Deadline(seconds=60)
    while payments.execution("interrupted-1")["status"] == "RUNNING" and not deadline.passed:
        time.sleep(0.05)
    assert payments.execution("interrupted-1")["status"] == "ABORTED"


def test_an_execution_that_fails_is_no_answer(payments: World) -> None:
    elsewhere = "payshift-local-elsewhere"
    boto3.client("s3").create_bucket(
        Bucket=elsewhere, CreateBucketConfiguration={"LocationConstraint": "us-east-2"}
    )
    with pytest.raises(DatabaseFailed, match="The comparison in AWS ended as FAILED"):
        payments.compare(payments.carrier(bucket=elsewhere), "failing")


@pytest.mark.parametrize("spoil", [
    lambda part: part.update(number=-1),
    lambda part: part["snapshots"].update(left="00000003-00000002-1"),
    lambda part: part["others"][0].update(hasher="text) FROM pg_authid --"),
], ids=["no part", "no snapshot", "another hash"])  # fmt: skip
def test_the_function_refuses_what_makes_no_sense(
    payments: World, spoil: Callable[[dict[str, Any]], None]
) -> None:
    answers: list[dict[str, Any]] = []

    class Spoiled(RemoteParts):
        def carry(self, parts: Sequence[Part]) -> Generator[PartSums]:
            event = parts[0].model_dump(mode="json")
            spoil(event)
            answer = boto3.client("lambda").invoke(
                FunctionName=payments.names.function("comparison"), Payload=json.dumps(event)
            )
            answers.append(json.loads(answer["Payload"].read()))
            yield from ()

    carrier = payments.carrier()
    spoiled = Spoiled(**{name: getattr(carrier, name) for name in carrier.__slots__})
    with pytest.raises(DatabaseFailed, match="were not read"):
        payments.compare(spoiled, "spoiled")
    assert [answer["errorType"] for answer in answers] == ["InputError"]
