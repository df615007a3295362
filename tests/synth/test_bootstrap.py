"""The workspace `bootstrap`: it stands alone, forgets locks, and keeps states."""

from __future__ import annotations

import json

from app.config.loading import load_environment
from app.config.names import Names
from app.pipeline.bootstrap.found_keys import DNS_KEYS, KEYS
from app.pipeline.bootstrap.variables import repository_variables
from tests.synth.workspaces import Synthesized, Workspace

STATE_BUCKET = "arn:aws:s3:::payshift-production-state-123456789012"


def test_bootstrap_stands_alone(production: Synthesized) -> None:
    dependencies = production.dependencies()
    assert dependencies["bootstrap"] == set()
    assert not any("bootstrap" in needed for needed in dependencies.values())


def test_every_lock_is_forgotten_by_one_rule_and_no_state_by_any(
    production: Synthesized, bootstrap: Workspace
) -> None:
    rules = bootstrap.resource("aws_s3_bucket_lifecycle_configuration.state_lifecycle")["rule"]
    forgetting = [
        rule["filter"][0]["prefix"]
        for rule in rules
        if "noncurrent_version_expiration" in rule or "expiration" in rule
    ]
    names = Names.of(load_environment("production"))
    for workspace in production.order:
        lock = names.lock_key(workspace)
        assert [prefix for prefix in forgetting if lock.startswith(prefix)] == [lock]
    possible = [*production.order, *(f"phase-{number}" for number in range(101))]
    for workspace in possible:
        state = names.state_key(workspace)
        assert [prefix for prefix in forgetting if state.startswith(prefix)] == []


def test_current_versions_are_never_expired(bootstrap: Workspace) -> None:
    rules = bootstrap.resource("aws_s3_bucket_lifecycle_configuration.state_lifecycle")["rule"]
    for rule in rules:
        for expiration in rule.get("expiration", []):
            assert set(expiration) == {"expired_object_delete_marker"}
        assert "transition" not in rule


def test_the_state_bucket_is_versioned_encrypted_closed_and_guarded(bootstrap: Workspace) -> None:
    bucket = bootstrap.resource("aws_s3_bucket.state_bucket")
    assert bucket["bucket"] == STATE_BUCKET.rpartition(":")[2]
    assert bucket["lifecycle"] == {"prevent_destroy": True}
    versioning = bootstrap.resource("aws_s3_bucket_versioning.state_versioning")
    assert versioning["versioning_configuration"] == {"status": "Enabled"}
    encryption = "aws_s3_bucket_server_side_encryption_configuration.state_encryption"
    (rule,) = bootstrap.resource(encryption)["rule"]
    assert rule["apply_server_side_encryption_by_default"] == {
        "kms_master_key_id": "${aws_kms_key.state_key_key.arn}",
        "sse_algorithm": "aws:kms",
    }
    (policy,) = json.loads(bootstrap.resource("aws_s3_bucket_policy.state_policy")["policy"])[
        "Statement"
    ]
    assert (policy["Effect"], policy["Condition"]) == (
        "Deny",
        {"Bool": {"aws:SecureTransport": "false"}},
    )


def test_bootstrap_names_the_variables_of_the_roles_that_it_made(bootstrap: Workspace) -> None:
    roles = (one["name"] for one in bootstrap.resources("aws_iam_role").values())
    made = {name for name in roles if name.startswith("payshift-production-")}
    variables = repository_variables(Names.of(load_environment("production")))
    assert variables["RESTORE_ROLE_ARN"] == (
        "arn:aws:iam::123456789012:role/payshift-production-restore"
    )
    assert {arn.rpartition("/")[2] for arn in variables.values()} == made


def test_what_a_run_left_behind_is_known_by_what_the_workspace_gives_it(
    bootstrap: Workspace,
) -> None:
    keys = (*KEYS, *DNS_KEYS)
    assert {one.address for one in keys} == {
        f"aws_kms_key.{name}" for name in bootstrap.resources("aws_kms_key")
    }
    for one in keys:
        made, alias = bootstrap.resource(one.address), bootstrap.resource(one.alias_address)
        assert made["description"] == one.description
        assert alias["name"] == f"alias/payshift-production-{one.purpose}"
        assert ("provider" in made) is (one in DNS_KEYS)
