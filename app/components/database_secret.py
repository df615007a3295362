"""A secret for a database login, made without a value: values never pass through Terraform."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from constructs import Construct

# The longest that Secrets Manager offers to take a deletion back.
RECOVERY_DAYS = 30


def database_secret(
    scope: Construct, id_: str, *, name: str, description: str, key_arn: str
) -> None:
    """Create the secret's name and guard it; `payshift logins` puts the login in."""
    SecretsmanagerSecret(
        scope,
        id_,
        name=name,
        description=description,
        kms_key_id=key_arn,
        recovery_window_in_days=RECOVERY_DAYS,
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
    )
