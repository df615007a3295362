"""The topic that hears of every step of a phase, apart from the alarms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.config.loading import load_environment
from app.config.names import Names
from app.config.observability import Subscriber
from app.main import synthesize
from tests.synth.workspaces import PHASES, Synthesized, Workspace

TOPIC_ARN = "arn:aws:sns:us-east-2:123456789012:payshift-production-changes"
HERE = {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_every_stack_of_every_phase_tells_the_topic_of_changes_and_not_of_alarms(
    production: Synthesized,
) -> None:
    assert Names.of(load_environment("production")).change_topic_arn == TOPIC_ARN
    for workspace in production.phases():
        stacks = workspace.resources("aws_cloudformation_stack")
        assert set(stacks) == {"before", "after"}
        for stack in stacks.values():
            assert stack["notification_arns"] == [TOPIC_ARN]
        assert "service" in production.dependencies()[workspace.name]


def test_the_topic_has_the_name_that_phases_compute_and_a_key_of_its_own(
    service: Workspace,
) -> None:
    topic = service.resource("aws_sns_topic.changes_topic")
    assert topic["name"] == TOPIC_ARN.rpartition(":")[2]
    assert topic["kms_master_key_id"] == "${aws_kms_key.changes_key_key.arn}"
    alias = service.resource("aws_kms_alias.changes_key_alias")
    assert alias["name"] == "alias/payshift-production-changes"


def test_only_cloudformation_of_this_account_publishes_and_only_over_tls(
    service: Workspace,
) -> None:
    found = service.statements("aws_sns_topic_policy.changes_policy")
    assert set(found) == {"Stacks", "RefusePlainText"}
    publish = found["Stacks"]
    assert publish["Principal"] == {"Service": "cloudformation.amazonaws.com"}
    assert (publish["Action"], publish["Resource"]) == (["sns:Publish"], [TOPIC_ARN])
    assert publish["Condition"] == HERE
    refuse = found["RefusePlainText"]
    assert (refuse["Effect"], refuse["Condition"]) == (
        "Deny",
        {"Bool": {"aws:SecureTransport": "false"}},
    )


def test_who_applies_a_phase_uses_the_key_by_way_of_the_topic_only(service: Workspace) -> None:
    found = service.statements("aws_kms_key.changes_key_key")
    assert found["Stacks"]["Principal"] == {"Service": "cloudformation.amazonaws.com"}
    assert found["Stacks"]["Condition"] == HERE
    assert "kms:Decrypt" not in found["Account"]["Action"]
    assert {"kms:Decrypt", "kms:GenerateDataKey*"} <= set(found["Sns"]["Action"])
    assert found["Sns"]["Condition"]["StringEquals"]["kms:ViaService"] == (
        "sns.us-east-2.amazonaws.com"
    )


@pytest.mark.slow
def test_who_asked_to_hear_of_changes_hears_of_no_alarm(tmp_path: Path) -> None:
    environment = load_environment("production")
    audit = Subscriber(protocol="email", endpoint="audit@example.com")
    told = environment.observability.model_copy(update={"change_subscribers": (audit,)})
    synthesize(
        environment=environment.model_copy(update={"observability": told}),
        phases=PHASES,
        output=tmp_path,
    )
    subscriptions = {
        file.parent.name: json.loads(file.read_text())["resource"].get("aws_sns_topic_subscription")
        for file in tmp_path.glob("stacks/*/cdk.tf.json")
    }
    (one,) = (subscriptions.pop("service") or {}).values()
    assert one["topic_arn"] == "${aws_sns_topic.changes_topic.arn}"
    assert (one["protocol"], one["endpoint"]) == ("email", "audit@example.com")
    assert set(subscriptions.values()) == {None}
