"""What the functions' code may call, one statement a need."""

from __future__ import annotations

from app.components.policy_document import Statement
from app.config.names import Names


def read_secrets(names: Names, *, role: str) -> Statement:
    """Read the logins of a database role (`app` or `migration`) at both sites."""
    secrets = f"arn:aws:secretsmanager:{names.region}:{names.account_id}:secret"
    return Statement(
        sid="ReadLogins",
        actions=("secretsmanager:GetSecretValue",),
        # Secrets Manager appends six random characters to the name.
        resources=tuple(
            f"{secrets}:{names.secret(site, role)}-??????" for site in ("legacy", "aws")
        ),
    )


def read_features(names: Names) -> Statement:
    """Read the feature parameter that the phases write."""
    parameter = f"arn:aws:ssm:{names.region}:{names.account_id}:parameter{names.features_parameter}"
    return Statement(sid="ReadFeatures", actions=("ssm:GetParameter",), resources=(parameter,))


def read_metrics() -> Statement:
    """Read metrics; CloudWatch knows no resource for it: AWS allows nothing narrower."""
    return Statement(
        sid="ReadMetrics",
        actions=("cloudwatch:GetMetricData",),
        resources=("*",),
    )


def keep_evidence(names: Names) -> Statement:
    """Put evidence records; never read, change or delete them."""
    return Statement(
        sid="KeepEvidence",
        actions=("s3:PutObject",),
        resources=(f"arn:aws:s3:::{names.evidence_bucket}/records/*",),
    )
