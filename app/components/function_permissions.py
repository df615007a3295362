"""What the functions' code may call, one statement a need."""

from __future__ import annotations

from app.components.policy_document import Statement
from app.config.evidence_prefixes import CHAIN, COMPARISONS, RECORDS
from app.config.names import DATA_STREAMS, DATABASE_ROLES, SITES, Names


def read_secrets(names: Names, *, role: str) -> tuple[Statement, ...]:
    """Read the logins of a database role (`app` or `migration`) at both sites."""
    return (
        Statement(
            sid="ReadLogins",
            actions=("secretsmanager:GetSecretValue",),
            resources=_secrets(names, roles=(role,)),
        ),
        use_key(names, sid="OpenLogins", purpose="secrets", actions=("kms:Decrypt",)),
    )


def watch_secrets(names: Names) -> Statement:
    """Read when each login was changed; never what it is."""
    return Statement(
        sid="WatchLogins",
        actions=("secretsmanager:DescribeSecret",),
        resources=_secrets(names, roles=tuple(DATABASE_ROLES)),
    )


def read_budget(names: Names) -> Statement:
    """Read the budget with its forecast; `ViewBudget` is what DescribeBudget needs."""
    return Statement(
        sid="ReadBudget", actions=("budgets:ViewBudget",), resources=(names.budget_arn,)
    )


def invoke_itself(names: Names, *, purpose: str) -> Statement:
    """Go on in a further invocation, and call no other function."""
    return Statement(
        sid="GoOn",
        actions=("lambda:InvokeFunction",),
        resources=(names.function_arn(purpose),),
    )


def rotate_secrets(names: Names) -> tuple[Statement, ...]:
    """Give every login of this environment a new password."""
    return (
        Statement(
            sid="RotateLogins",
            actions=(
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ),
            resources=_secrets(names, roles=tuple(DATABASE_ROLES)),
        ),
        # A random password belongs to no secret: AWS allows nothing narrower.
        Statement(
            sid="ThinkOfPasswords",
            actions=("secretsmanager:GetRandomPassword",),
            resources=("*",),
        ),
        use_key(
            names,
            sid="OpenAndSealLogins",
            purpose="secrets",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
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


def watch_tasks() -> Statement:
    """See the state of DMS tasks; DMS knows no resource for it: AWS allows nothing narrower."""
    return Statement(sid="WatchTasks", actions=("dms:DescribeReplicationTasks",), resources=("*",))


def turn_tasks(names: Names) -> Statement:
    """Start and stop the two tasks that carry business rows, of which one rests; no other task."""
    return Statement(
        sid="TurnTasks",
        actions=("dms:StartReplicationTask", "dms:StopReplicationTask"),
        resources=tuple(names.replication_task_arn(stream) for stream in DATA_STREAMS),
    )


def keep_evidence(names: Names) -> tuple[Statement, ...]:
    """Put evidence records and link them; records are never read, nothing is ever deleted.

    A link needs the hash of the one before: the chain is listed and read.
    """
    bucket = f"arn:aws:s3:::{names.evidence_bucket}"
    return (
        Statement(
            sid="KeepEvidence",
            actions=("s3:PutObject",),
            resources=(f"{bucket}/{CHAIN}*", f"{bucket}/{RECORDS}*"),
        ),
        Statement(sid="ReadChain", actions=("s3:GetObject",), resources=(f"{bucket}/{CHAIN}*",)),
        Statement(
            sid="FindChain",
            actions=("s3:ListBucket",),
            resources=(bucket,),
            condition={"StringEquals": {"s3:prefix": CHAIN}},
        ),
        use_key(
            names,
            sid="SealEvidence",
            purpose="evidence",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
        ),
    )


def keep_sums(names: Names) -> tuple[Statement, ...]:
    """Put what was read of a part of a comparison; nothing is read again, nothing is deleted."""
    return (
        Statement(
            sid="KeepSums",
            actions=("s3:PutObject",),
            resources=(f"arn:aws:s3:::{names.evidence_bucket}/{COMPARISONS}*",),
        ),
        use_key(names, sid="SealSums", purpose="evidence", actions=("kms:GenerateDataKey",)),
    )


def _secrets(names: Names, *, roles: tuple[str, ...]) -> tuple[str, ...]:
    secrets = f"arn:aws:secretsmanager:{names.region}:{names.account_id}:secret"
    # Secrets Manager appends six random characters to the name.
    return tuple(f"{secrets}:{names.secret(site, role)}-??????" for site in SITES for role in roles)


def use_key(names: Names, *, sid: str, purpose: str, actions: tuple[str, ...]) -> Statement:
    """Use a key that another workspace owns, known by its alias."""
    return Statement(
        sid=sid,
        actions=actions,
        resources=(f"arn:aws:kms:{names.region}:{names.account_id}:key/*",),
        condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": names.key_alias(purpose)}},
    )
