"""Each policy refuses every resource of its failing fixture and none of its passing one.

A fixture is `fixtures/<policy>/<passing or failing>/stacks/<workspace>/cdk.tf.json`, shaped as
cdktf writes it. All are scanned at once.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from app.pipeline.policy.addresses import address_at
from app.pipeline.policy.checkov import POLICIES, Report, run_checkov

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = sorted(file.stem for file in POLICIES.glob("*.py") if not file.name.startswith("__"))
# What makes a file whole, and is not what its policy is about.
SCENERY = {
    "only_the_entrance_is_open_to_the_internet": {"aws_lb.entrance"},
    "stored_data_is_encrypted_with_a_customer_key": {"aws_lb.entrance"},
}


class Outcome:
    """The addresses that each policy passed and failed, by fixture file."""

    def __init__(self, report: Report) -> None:
        self._found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for result in ("passed", "failed"):
            for record in report.records(result):
                if record["check_class"] not in NAMES:
                    continue
                file = str(record["file_path"]).lstrip("/")
                name, line = record["resource"].rpartition(".")[2], record["file_line_range"][0]
                address = address_at(FIXTURES / file, line=line, name=name)
                self._found[file, record["check_class"], result].add(address)

    def __call__(self, policy: str, fixture: str, result: str) -> set[str]:
        """Return the addresses of one fixture that its policy passed or failed."""
        (file,) = (FIXTURES / policy / fixture).rglob("*.json")
        return self._found[str(file.relative_to(FIXTURES)), policy, result]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    directory = tmp_path_factory.mktemp("policies")
    (report,) = run_checkov(FIXTURES, report=directory, frameworks=["terraform_json"])
    return Outcome(report)


def addresses(policy: str, fixture: str) -> set[str]:
    """Every resource of a fixture that its policy is about."""
    (file,) = (FIXTURES / policy / fixture).rglob("*.json")
    resources = json.loads(file.read_text(encoding="utf-8"))["resource"]
    found = {f"{kind}.{name}" for kind, named in resources.items() for name in named}
    return found - SCENERY.get(policy, set())


@pytest.mark.parametrize("policy", NAMES)
def test_a_policy_refuses_exactly_what_breaks_it(policy: str, outcome: Outcome) -> None:
    assert outcome(policy, "failing", "failed") == addresses(policy, "failing")
    assert outcome(policy, "failing", "passed") == set()


# Another service, an alias, a bucket that cannot have a key: nothing to say about them.
NOT_ASKED = {
    "stored_data_is_encrypted_with_a_customer_key": {
        "aws_s3_bucket_server_side_encryption_configuration.access_log"
    },
    "concurrency_scales_from_two_to_ten": {"aws_appautoscaling_target.tables"},
    "record_is_forgotten_within_a_minute": {"aws_route53_record.pointer"},
}


@pytest.mark.parametrize("policy", NAMES)
def test_a_policy_accepts_what_is_right(policy: str, outcome: Outcome) -> None:
    right = addresses(policy, "passing") - NOT_ASKED.get(policy, set())
    assert outcome(policy, "passing", "failed") == set()
    assert outcome(policy, "passing", "passed") == right


def test_every_fixture_belongs_to_a_policy() -> None:
    assert sorted(one.name for one in FIXTURES.iterdir()) == NAMES


@pytest.mark.parametrize("policy", NAMES)
def test_a_file_is_named_after_the_outcome_that_its_class_states(policy: str) -> None:
    text = (POLICIES / f"{policy}.py").read_text(encoding="utf-8")
    (name,) = re.findall(r"^class (\w+)\(Policy\):", text, re.M)
    assert re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() == policy


def test_no_policy_is_called_like_a_module_of_python() -> None:
    import sys  # noqa: PLC0415  # the only test that asks

    assert [name for name in NAMES if name in sys.stdlib_module_names] == []
