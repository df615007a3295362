"""When a secret gets a new value, and which function makes it."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.data_aws_secretsmanager_secret import DataAwsSecretsmanagerSecret
from cdktf_cdktf_provider_aws.secretsmanager_secret_rotation import (
    SecretsmanagerSecretRotation,
    SecretsmanagerSecretRotationRotationRules,
)
from constructs import Construct


class SecretSchedule(Construct):
    """Rotates a secret, found by its name, every `days`.

    The first rotation waits for its day: a secret without a value cannot rotate, and
    `payshift logins` puts the first one in after Terraform has made it.
    """

    def __init__(
        self, scope: Construct, id_: str, *, secret_name: str, function_arn: str, days: int
    ) -> None:
        super().__init__(scope, id_)
        secret = DataAwsSecretsmanagerSecret(self, "secret", name=secret_name)
        SecretsmanagerSecretRotation(
            self,
            "schedule",
            secret_id=secret.id,
            rotation_lambda_arn=function_arn,
            rotate_immediately=False,
            rotation_rules=SecretsmanagerSecretRotationRotationRules(automatically_after_days=days),
        )
