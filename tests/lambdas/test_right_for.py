"""How the tests of rights judge: a right is an action, a resource and a key, all at once."""

from __future__ import annotations

import pytest

from tests.lambdas.secret_rotation.rights import Need, Statements, needs_of, right_for

SECRET = "arn:aws:secretsmanager:us-east-2:123456789012:secret:payshift/local/aws/app"
KEY = "arn:aws:kms:us-east-2:123456789012:key/0c1d"
STATEMENTS: Statements = {
    "Read": {
        "Effect": "Allow",
        "Action": ["secretsmanager:GetSecretValue"],
        "Resource": [f"{SECRET}-??????"],
    },
    "Open": {
        "Effect": "Allow",
        "Action": ["kms:Decrypt"],
        "Resource": ["arn:aws:kms:us-east-2:123456789012:key/*"],
        "Condition": {
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/payshift-local-secrets"}
        },
    },
}


@pytest.mark.parametrize(
    ("need", "sid"),
    [
        (Need("secretsmanager:GetSecretValue", f"{SECRET}-a1b2c3"), "Read"),
        (Need("secretsmanager:PutSecretValue", f"{SECRET}-a1b2c3"), None),
        (Need("secretsmanager:GetSecretValue", f"{SECRET}lication-a1b2c3"), None),
        (Need("kms:Decrypt", KEY, "alias/payshift-local-secrets"), "Open"),
        (Need("kms:Decrypt", KEY, "alias/payshift-local-evidence"), None),
        (Need("kms:Decrypt", KEY), None),
    ],
)
def test_a_right_fits_a_need_as_a_whole_or_not_at_all(need: Need, sid: str | None) -> None:
    assert right_for(need, STATEMENTS) == sid


def test_a_call_that_nobody_has_looked_up_is_no_call_without_needs() -> None:
    with pytest.raises(KeyError):
        list(needs_of("dynamodb", "PutItem", {}))
