"""What can change in the account while nobody looks: weights, replication tasks, alarms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.pipeline import aws
from tests.pipeline.conftest import Place

STREAMS = ("forward", "reverse", "forward-probe", "reverse-probe")
AT_LEGACY = ("forward", "forward-probe", "reverse-probe")
SETTINGS = {"FullLoadSettings": {"MaxFullLoadSubTasks": 8}, "Logging": {"EnableLogging": True}}
_ENDPOINT = "arn:aws:dms:us-east-2:123456789012:endpoint:"


@dataclass(frozen=True, slots=True)
class Zone:
    """The public zone of an environment."""

    place: Place
    id: str

    @classmethod
    def anew(cls, place: Place) -> Zone:
        """Make it, without anything that other tests left of the same name."""
        route53, name = aws.route53(place.target.environment), place.target.environment.dns.zone
        forget_zones(route53)
        made = route53.create_hosted_zone(Name=name, CallerReference=place.target.names.prefix)
        return cls(place, made["HostedZone"]["Id"])

    def __call__(self, ttl: int | None = None, **weights: int) -> None:
        """Write the record of each site with its weight; a site that is not named keeps its own."""
        dns, route53 = self.place.target.environment.dns, aws.route53(self.place.target.environment)
        for site, weight in weights.items():
            record = {
                "Name": dns.name, "Type": "CNAME", "TTL": ttl or dns.ttl_seconds,
                "SetIdentifier": site, "Weight": weight,
                "ResourceRecords": [{"Value": f"{site}.{dns.zone}"}],
            }  # fmt: skip
            _change(route53, self.id, "UPSERT", record)


def forget_zones(route53: Any) -> None:
    """Delete every zone that tests of this process left, with its records."""
    for old in route53.list_hosted_zones()["HostedZones"]:
        kept = route53.list_resource_record_sets(HostedZoneId=old["Id"])["ResourceRecordSets"]
        for record in kept:
            if record["Type"] not in {"NS", "SOA"}:
                _change(route53, old["Id"], "DELETE", record)
        route53.delete_hosted_zone(Id=old["Id"])


@dataclass(frozen=True, slots=True)
class Tasks:
    """The four tasks of an environment in DMS, and the state that says how they were applied."""

    place: Place

    @classmethod
    def applied(cls, place: Place, *, running: tuple[str, ...] = AT_LEGACY) -> Tasks:
        """Make all four, start some, stop the others, and keep the state of their workspace."""
        made = cls(place)
        for stream in STREAMS:
            made.dms.create_replication_task(
                ReplicationTaskIdentifier=place.target.names.replication_task(stream),
                SourceEndpointArn=f"{_ENDPOINT}source",
                TargetEndpointArn=f"{_ENDPOINT}target",
                ReplicationInstanceArn="arn:aws:dms:us-east-2:123456789012:rep:one",
                MigrationType="cdc",
                TableMappings=mappings("payment", "refund"),
                ReplicationTaskSettings=json.dumps(SETTINGS),
            )
            made.start(stream)
            if stream not in running:
                made.stop(stream)
        made.keep_state()
        return made

    @property
    def dms(self) -> Any:
        """A client of DMS."""
        return aws.client(self.place.target.environment, "dms")

    def start(self, stream: str) -> None:
        """Start a task."""
        self.dms.start_replication_task(
            ReplicationTaskArn=self._arn(stream), StartReplicationTaskType="start-replication"
        )

    def stop(self, stream: str) -> None:
        """Stop a task."""
        self.dms.stop_replication_task(ReplicationTaskArn=self._arn(stream))

    def delete(self, stream: str) -> None:
        """Delete a task."""
        self.dms.delete_replication_task(ReplicationTaskArn=self._arn(stream))

    def replace(self, stream: str, **changes: str) -> None:
        """Make a task again with other parameters: moto cannot modify one."""
        (found,) = [
            one
            for one in self.dms.describe_replication_tasks()["ReplicationTasks"]
            if one["ReplicationTaskArn"] == self._arn(stream)
        ]
        self.delete(stream)
        names = (
            "ReplicationTaskIdentifier", "SourceEndpointArn", "TargetEndpointArn",
            "ReplicationInstanceArn", "MigrationType", "TableMappings", "ReplicationTaskSettings",
        )  # fmt: skip
        self.dms.create_replication_task(**{name: found[name] for name in names} | changes)
        self.start(stream)

    def keep_state(self) -> None:
        """Store the state of `replication` as the provider writes it from what DMS describes."""
        found = self.dms.describe_replication_tasks()["ReplicationTasks"]
        prefix, names = f"{self.place.target.names.prefix}-", self.place.target.names
        resources = [
            {
                "mode": "managed", "type": "aws_dms_replication_task",
                "name": one["ReplicationTaskIdentifier"], "instances": [{"attributes": {
                    "replication_task_id": one["ReplicationTaskIdentifier"],
                    "migration_type": one["MigrationType"],
                    "source_endpoint_arn": one["SourceEndpointArn"],
                    "target_endpoint_arn": one["TargetEndpointArn"],
                    "table_mappings": one["TableMappings"],
                    "replication_task_settings": one["ReplicationTaskSettings"],
                }}],
            }
            for one in found if one["ReplicationTaskIdentifier"].startswith(prefix)
        ]  # fmt: skip
        state = {"version": 4, "serial": 1, "lineage": "x", "resources": resources}
        aws.s3(self.place.target.environment).put_object(
            Bucket=names.state_bucket,
            Key=names.state_key("replication"),
            Body=json.dumps(state).encode(),
        )

    def _arn(self, stream: str) -> str:
        name = self.place.target.names.replication_task(stream)
        return f"arn:aws:dms:us-east-2:123456789012:task:{name}"


def mappings(*tables: str) -> str:
    """Return table mappings that include these tables."""
    rules = [{"rule-id": str(number), "object-locator": {"table-name": table}}
             for number, table in enumerate(tables, start=1)]  # fmt: skip
    return json.dumps({"rules": rules})


def set_alarm(place: Place, name: str, *, rings: bool) -> None:
    """Make an alarm of the environment ring, or be quiet."""
    cloudwatch = aws.cloudwatch(place.target.environment)
    full = f"{place.target.names.prefix}-{name}"
    cloudwatch.put_metric_alarm(
        AlarmName=full, ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1,
        MetricName="m", Namespace="n", Period=60, Statistic="Sum", Threshold=1.0,
    )  # fmt: skip
    cloudwatch.set_alarm_state(
        AlarmName=full, StateValue="ALARM" if rings else "OK", StateReason="test"
    )


def _change(route53: Any, zone_id: str, action: str, record: Mapping[str, Any]) -> None:
    changes = [{"Action": action, "ResourceRecordSet": record}]
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": changes})
