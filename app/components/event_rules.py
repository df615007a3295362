"""Which events of AWS reach people: patterns without cdktf, and the rules that carry them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from constructs import Construct

from app.config.names import Names

Pattern = Mapping[str, object]


def patterns(names: Names) -> dict[str, Pattern]:
    """Return the patterns by what they are about, each only for what the environment owns."""
    return {
        "replication": _replication(names),
        "database": _database(names),
        "backup": _backup(names),
        "secret-rotation": _rotation(names),
        "certificate": _certificate(names),
    }


def event_rule(
    scope: Construct,
    id_: str,
    *,
    names: Names,
    pattern: Pattern,
    topic_arn: str,
    depends_on: list[ITerraformDependable],
) -> None:
    """Send the events of a pattern to the topic."""
    rule = CloudwatchEventRule(
        scope,
        id_,
        name=f"{names.prefix}-{id_}",
        description=f"Tells people of events: {id_}",
        event_pattern=json.dumps(pattern, sort_keys=True),
    )
    CloudwatchEventTarget(
        scope, f"{id_}-target", rule=rule.name, arn=topic_arn, depends_on=depends_on
    )


def _replication(names: Names) -> Pattern:
    """A task or the instance that stopped, failed or moved to its other zone."""
    dms = f"arn:aws:dms:{names.region}:{names.account_id}"
    return {
        "source": ["aws.dms"],
        "detail-type": [
            "DMS Replication Instance State Change",
            "DMS Replication Task State Change",
        ],
        "resources": [
            {"prefix": f"{dms}:task:{names.environment}-"},
            {"prefix": f"{dms}:rep:"},
        ],
        "detail": {"category": ["Failure", "Failover", "LowStorage", "StateChange"]},
    }


def _database(names: Names) -> Pattern:
    return {
        "source": ["aws.rds"],
        "detail-type": ["RDS DB Cluster Event", "RDS DB Instance Event"],
        "detail": {
            "SourceIdentifier": [{"prefix": names.database_cluster}],
            "EventCategories": [
                "deletion",
                "failover",
                "failure",
                "low storage",
                "maintenance",
                "notification",
            ],
        },
    }


def _backup(names: Names) -> Pattern:
    """A copy that ended without one; that none was begun is for an alarm to notice."""
    cluster = f"arn:aws:rds:{names.region}:{names.account_id}:cluster:{names.database_cluster}"
    return {
        "source": ["aws.backup"],
        "detail-type": ["Backup Job State Change"],
        "detail": {
            "resourceArn": [cluster],
            "state": ["ABORTED", "EXPIRED", "FAILED", "PARTIAL"],
        },
    }


def _rotation(names: Names) -> Pattern:
    """CloudTrail tells of it, so it needs a trail of management events in the account."""
    secrets = f"{names.secret_arn('', '').removesuffix('//')}/"
    return {
        "source": ["aws.secretsmanager"],
        "detail-type": ["AWS Service Event via CloudTrail"],
        "detail": {
            "eventName": ["RotationAbandoned", "RotationFailed", "TestRotationFailed"],
            "additionalEventData": {"SecretId": [{"prefix": secrets}]},
        },
    }


def _certificate(names: Names) -> Pattern:
    return {
        "source": ["aws.acm"],
        "detail-type": ["ACM Certificate Approaching Expiration", "ACM Certificate Expired"],
        "resources": [{"prefix": f"arn:aws:acm:{names.region}:{names.account_id}:certificate/"}],
    }
